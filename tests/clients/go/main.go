// A driver of Go's clients: one request a line comes in, one answer a line goes out, both as JSON in
// the form of DynamoDB's API, so that one scenario can be run through clients of any language.
//
//	{"operation": "GetItem", "input": {"TableName": ...}} or a step of the scenario: {"verb": ..., "input": {...}}
//	{"output": {...}} or {"error": {"code": ..., "message": ..., "reasons": [...]}}
//
// The first argument is the endpoint: dax:// and daxs:// take the client of DAX, http:// and https://
// that of DynamoDB. Region and credentials come from the environment.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"

	"github.com/aws/aws-dax-go-v2/dax"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/smithy-go"
)

const (
	longestLine = 32 << 20
	attempts    = 10
)

type request struct {
	Operation string         `json:"operation"`
	Verb      string         `json:"verb"`
	Input     map[string]any `json:"input"`
}

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(endpoint string) error {
	client, err := connect(endpoint)
	if err != nil {
		return err
	}
	streams := dynamodbstreams.NewFromConfig(configuration(), func(options *dynamodbstreams.Options) {
		options.BaseEndpoint = &endpoint
	})
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, longestLine)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var asked request
		decoder := json.NewDecoder(strings.NewReader(lines.Text()))
		decoder.UseNumber()
		if err := decoder.Decode(&asked); err != nil {
			return err
		}
		answered := answer
		if asked.Verb != "" {
			answered = func(client any, asked request) map[string]any { return play(client, streams, asked) }
		}
		if err := answers.Encode(answered(client, asked)); err != nil {
			return err
		}
	}
	return lines.Err()
}

// configuration is the environment's; clients try again until throttling is over.
func configuration() aws.Config {
	return aws.Config{
		Region:           os.Getenv("AWS_REGION"),
		RetryMaxAttempts: attempts,
		Credentials: credentials.NewStaticCredentialsProvider(
			os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), os.Getenv("AWS_SESSION_TOKEN")),
	}
}

// connect makes the client that an endpoint is for.
func connect(endpoint string) (any, error) {
	config := configuration()
	if !strings.HasPrefix(endpoint, "dax") {
		return dynamodb.NewFromConfig(config, func(options *dynamodb.Options) {
			options.BaseEndpoint = &endpoint
		}), nil
	}
	ofDax := dax.NewConfig(config, endpoint)
	// As many as it makes by itself: the pauses between more of them can be longer than its minute.
	ofDax.WriteRetries = dax.DefaultConfig().WriteRetries
	if strings.HasPrefix(endpoint, "daxs") {
		dial, err := dax.SecureDialContext(endpoint, false)
		if err != nil {
			return nil, err
		}
		ofDax.DialContext = dial
	}
	return dax.New(ofDax)
}

// answer calls the client's method of a request's operation.
func answer(client any, asked request) map[string]any {
	method := reflect.ValueOf(client).MethodByName(asked.Operation)
	if !method.IsValid() {
		return map[string]any{"error": map[string]any{"code": "NoSuchMethod", "message": asked.Operation}}
	}
	input := reflect.New(method.Type().In(1).Elem())
	if err := read(asked.Input, input.Elem()); err != nil {
		return map[string]any{"error": map[string]any{"code": "InvalidInput", "message": err.Error()}}
	}
	returned := method.Call([]reflect.Value{reflect.ValueOf(context.Background()), input})
	if err, failed := returned[1].Interface().(error); failed && err != nil {
		return map[string]any{"error": described(err)}
	}
	return map[string]any{"output": write(returned[0])}
}

func described(err error) map[string]any {
	found := map[string]any{"code": fmt.Sprintf("%T", err), "message": err.Error()}
	var ofService smithy.APIError
	if errors.As(err, &ofService) {
		found["code"] = ofService.ErrorCode()
		found["message"] = ofService.ErrorMessage()
	}
	var cancelled *types.TransactionCanceledException
	if errors.As(err, &cancelled) {
		found["reasons"] = write(reflect.ValueOf(cancelled.CancellationReasons))
	}
	return found
}
