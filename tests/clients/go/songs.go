package main

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Items of the scenario as structures of Go's, and back.

type values = map[string]types.AttributeValue

func wholeNumbers(options *attributevalue.DecoderOptions) { options.UseNumber = true }

// tableDefinition reads the scenario's table.
func tableDefinition() (*dynamodb.CreateTableInput, error) {
	text, err := os.ReadFile(os.Getenv("TABLE_DEFINITION"))
	if err != nil {
		return nil, err
	}
	var given map[string]any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&given); err != nil {
		return nil, err
	}
	found := &dynamodb.CreateTableInput{}
	return found, read(given, reflect.ValueOf(found).Elem())
}

// marshalled gives a line's item as the structure of it is stored.
func marshalled(given any) (values, error) {
	var item values
	if err := read(given, reflect.ValueOf(&item).Elem()); err != nil {
		return nil, err
	}
	var of song
	if err := attributevalue.UnmarshalMapWithOptions(item, &of, wholeNumbers); err != nil {
		return nil, err
	}
	return attributevalue.MarshalMap(of)
}

// answered is the opposite.
func answered(item values) (map[string]any, error) {
	var of song
	if err := attributevalue.UnmarshalMapWithOptions(item, &of, wholeNumbers); err != nil {
		return nil, err
	}
	found, err := attributevalue.MarshalMap(of)
	if err != nil {
		return nil, err
	}
	return map[string]any{"item": write(reflect.ValueOf(found))}, nil
}

// attributes gives single values of a line as Go's.
func attributes(given any) (map[string]any, error) {
	var item values
	if err := read(given, reflect.ValueOf(&item).Elem()); err != nil {
		return nil, err
	}
	var found map[string]any
	err := attributevalue.UnmarshalMapWithOptions(item, &found, wholeNumbers)
	return found, err
}

// key gives the key of artist and song.
func key(given any) values {
	found, err := attributevalue.MarshalMap(given)
	if err != nil {
		panic(err) // of two strings
	}
	return found
}
