package main

import (
	"context"
	"fmt"
	"reflect"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	ofstreams "github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
)

const (
	indexName   = "by-year"
	patience    = time.Minute
	largestPart = 25
)

// song is an item as programs in Go have it.
type song struct {
	Artist  string                  `dynamodbav:"artist"`
	Song    string                  `dynamodbav:"song"`
	Year    attributevalue.Number   `dynamodbav:"year,omitempty"`
	Price   attributevalue.Number   `dynamodbav:"price,omitempty"`
	Live    *bool                   `dynamodbav:"live,omitempty"`
	Note    *string                 `dynamodbav:"note,omitempty"`
	Nothing null                    `dynamodbav:"nothing,omitempty"`
	Tags    []string                `dynamodbav:"tags,stringset,omitempty"`
	Ratings []attributevalue.Number `dynamodbav:"ratings,numberset,omitempty"`
	Cover   []byte                  `dynamodbav:"cover,omitempty"`
	Tracks  []any                   `dynamodbav:"tracks,omitempty"`
	Credits map[string]any          `dynamodbav:"credits,omitempty"`
}

// null is an attribute that is there and has no value.
type null bool

func (null) MarshalDynamoDBAttributeValue() (types.AttributeValue, error) {
	return &types.AttributeValueMemberNULL{Value: true}, nil
}

func (found *null) UnmarshalDynamoDBAttributeValue(value types.AttributeValue) error {
	_, isNull := value.(*types.AttributeValueMemberNULL)
	*found = null(isNull)
	return nil
}

// music plays the steps of the scenario: each verb is a method.
type music struct {
	client  *dynamodb.Client
	streams *dynamodbstreams.Client
	table   string
	given   map[string]any
	ctx     context.Context
}

type verb func(music) (map[string]any, error)

var verbs = map[string]verb{
	"create": music.create, "wait": music.wait, "drop": music.drop,
	"put": music.put, "put_new": music.putNew, "get": music.get, "update": music.update, "delete": music.delete,
	"query": music.query, "query_index": music.queryIndex, "scan": music.scan,
	"batch_put": music.batchPut, "batch_delete": music.batchDelete, "batch_get": music.batchGet,
	"transact_put": music.transactPut, "transact_get": music.transactGet,
	"statement": music.statement, "stream": music.stream, "presigned": music.presigned,
}

// play answers a step.
func play(client any, streams *dynamodbstreams.Client, asked request) map[string]any {
	ofDynamoDB, plain := client.(*dynamodb.Client)
	step, known := verbs[asked.Verb]
	if !plain || !known {
		return map[string]any{"unsupported": asked.Verb}
	}
	found, err := step(music{
		client: ofDynamoDB, streams: streams, table: asked.Input["table"].(string), given: asked.Input,
		ctx: context.Background(),
	})
	if err != nil {
		return map[string]any{"error": described(err)}
	}
	if found == nil {
		found = map[string]any{}
	}
	return map[string]any{"output": found}
}

// --- Tables ---

func (m music) create() (map[string]any, error) {
	definition, err := tableDefinition()
	if err != nil {
		return nil, err
	}
	definition.TableName = &m.table
	_, err = m.client.CreateTable(m.ctx, definition)
	return nil, err
}

func (m music) wait() (map[string]any, error) {
	asked := &dynamodb.DescribeTableInput{TableName: &m.table}
	found, err := dynamodb.NewTableExistsWaiter(m.client).WaitForOutput(m.ctx, asked, patience)
	if err != nil {
		return nil, err
	}
	return map[string]any{"status": found.Table.TableStatus}, nil
}

func (m music) drop() (map[string]any, error) {
	if _, err := m.client.DeleteTable(m.ctx, &dynamodb.DeleteTableInput{TableName: &m.table}); err != nil {
		return nil, err
	}
	asked := &dynamodb.DescribeTableInput{TableName: &m.table}
	return nil, dynamodb.NewTableNotExistsWaiter(m.client).Wait(m.ctx, asked, patience)
}

// --- Items ---

func (m music) put() (map[string]any, error) {
	item, err := marshalled(m.given["item"])
	if err != nil {
		return nil, err
	}
	_, err = m.client.PutItem(m.ctx, &dynamodb.PutItemInput{TableName: &m.table, Item: item})
	return nil, err
}

func isNew() (expression.Expression, error) {
	return expression.NewBuilder().WithCondition(expression.Name("artist").AttributeNotExists()).Build()
}

func (m music) putNew() (map[string]any, error) {
	item, err := marshalled(m.given["item"])
	if err != nil {
		return nil, err
	}
	condition, err := isNew()
	if err != nil {
		return nil, err
	}
	_, err = m.client.PutItem(m.ctx, &dynamodb.PutItemInput{
		TableName: &m.table, Item: item,
		ConditionExpression: condition.Condition(), ExpressionAttributeNames: condition.Names(),
	})
	return nil, err
}

func (m music) get() (map[string]any, error) {
	found, err := m.client.GetItem(m.ctx, &dynamodb.GetItemInput{
		TableName: &m.table, Key: key(m.given["key"]), ConsistentRead: aws.Bool(true),
	})
	if err != nil || found.Item == nil {
		return nil, err
	}
	return answered(found.Item)
}

func (m music) update() (map[string]any, error) {
	changes, err := attributes(m.given["set"])
	if err != nil {
		return nil, err
	}
	var update expression.UpdateBuilder
	for name, value := range changes {
		update = update.Set(expression.Name(name), expression.Value(value))
	}
	builder := expression.NewBuilder().WithUpdate(update)
	if conditions, conditional := m.given["if"]; conditional {
		expected, err := attributes(conditions)
		if err != nil {
			return nil, err
		}
		for name, value := range expected {
			builder = builder.WithCondition(expression.Name(name).Equal(expression.Value(value)))
		}
	}
	built, err := builder.Build()
	if err != nil {
		return nil, err
	}
	found, err := m.client.UpdateItem(m.ctx, &dynamodb.UpdateItemInput{
		TableName: &m.table, Key: key(m.given["key"]), ReturnValues: types.ReturnValueAllNew,
		UpdateExpression: built.Update(), ConditionExpression: built.Condition(),
		ExpressionAttributeNames: built.Names(), ExpressionAttributeValues: built.Values(),
	})
	if err != nil {
		return nil, err
	}
	return answered(found.Attributes)
}

func (m music) delete() (map[string]any, error) {
	_, err := m.client.DeleteItem(m.ctx, &dynamodb.DeleteItemInput{TableName: &m.table, Key: key(m.given["key"])})
	return nil, err
}

// --- Pages ---

func (m music) query() (map[string]any, error) {
	limit, err := strconv.Atoi(fmt.Sprint(m.given["limit"]))
	if err != nil {
		return nil, err
	}
	condition := expression.KeyAnd(
		expression.Key("artist").Equal(expression.Value(m.given["artist"])),
		expression.Key("song").GreaterThan(expression.Value(m.given["after"])))
	built, err := expression.NewBuilder().WithKeyCondition(condition).Build()
	if err != nil {
		return nil, err
	}
	pages := dynamodb.NewQueryPaginator(m.client, &dynamodb.QueryInput{
		TableName: &m.table, KeyConditionExpression: built.KeyCondition(), ExpressionAttributeNames: built.Names(),
		ExpressionAttributeValues: built.Values(), Limit: aws.Int32(int32(limit)),
		ScanIndexForward: aws.Bool(m.given["forward"].(bool)),
	})
	var sizes []int
	var songs []song
	for pages.HasMorePages() {
		page, err := pages.NextPage(m.ctx)
		if err != nil {
			return nil, err
		}
		var found []song
		if err := attributevalue.UnmarshalListOfMaps(page.Items, &found); err != nil {
			return nil, err
		}
		if len(found) > 0 {
			sizes = append(sizes, len(found))
		}
		songs = append(songs, found...)
	}
	return map[string]any{"pages": sizes, "first": songs[0].Song, "last": songs[len(songs)-1].Song}, nil
}

func (m music) queryIndex() (map[string]any, error) {
	year := attributevalue.Number(m.given["year"].(string))
	condition := expression.Key("year").Equal(expression.Value(year))
	built, err := expression.NewBuilder().WithKeyCondition(condition).Build()
	if err != nil {
		return nil, err
	}
	found, err := m.client.Query(m.ctx, &dynamodb.QueryInput{
		TableName: &m.table, IndexName: aws.String(indexName), KeyConditionExpression: built.KeyCondition(),
		ExpressionAttributeNames: built.Names(), ExpressionAttributeValues: built.Values(),
	})
	if err != nil {
		return nil, err
	}
	return map[string]any{"count": found.Count}, nil
}

func (m music) scan() (map[string]any, error) {
	filter := expression.Name("artist").Equal(expression.Value(m.given["artist"]))
	built, err := expression.NewBuilder().WithFilter(filter).Build()
	if err != nil {
		return nil, err
	}
	pages := dynamodb.NewScanPaginator(m.client, &dynamodb.ScanInput{
		TableName: &m.table, FilterExpression: built.Filter(), ExpressionAttributeNames: built.Names(),
		ExpressionAttributeValues: built.Values(), Limit: aws.Int32(7),
	})
	count := int32(0)
	for pages.HasMorePages() {
		page, err := pages.NextPage(m.ctx)
		if err != nil {
			return nil, err
		}
		count += page.Count
	}
	return map[string]any{"count": count}, nil
}

// --- Many at once ---

func (m music) batchPut() (map[string]any, error) {
	var writes []types.WriteRequest
	for _, each := range m.given["items"].([]any) {
		item, err := marshalled(each)
		if err != nil {
			return nil, err
		}
		writes = append(writes, types.WriteRequest{PutRequest: &types.PutRequest{Item: item}})
	}
	return nil, m.write(writes)
}

func (m music) batchDelete() (map[string]any, error) {
	var writes []types.WriteRequest
	for _, each := range m.given["keys"].([]any) {
		writes = append(writes, types.WriteRequest{DeleteRequest: &types.DeleteRequest{Key: key(each)}})
	}
	return nil, m.write(writes)
}

func (m music) write(writes []types.WriteRequest) error {
	for len(writes) > 0 {
		part := writes[:min(largestPart, len(writes))]
		found, err := m.client.BatchWriteItem(m.ctx, &dynamodb.BatchWriteItemInput{
			RequestItems: map[string][]types.WriteRequest{m.table: part},
		})
		if err != nil {
			return err
		}
		writes = append(writes[len(part):], found.UnprocessedItems[m.table]...)
	}
	return nil
}

func (m music) keys() []map[string]types.AttributeValue {
	var found []map[string]types.AttributeValue
	for _, each := range m.given["keys"].([]any) {
		found = append(found, key(each))
	}
	return found
}

func (m music) batchGet() (map[string]any, error) {
	found, err := m.client.BatchGetItem(m.ctx, &dynamodb.BatchGetItemInput{
		RequestItems: map[string]types.KeysAndAttributes{m.table: {Keys: m.keys()}},
	})
	if err != nil {
		return nil, err
	}
	return map[string]any{"count": len(found.Responses[m.table])}, nil
}

func (m music) transactPut() (map[string]any, error) {
	condition, err := isNew()
	if err != nil {
		return nil, err
	}
	var writes []types.TransactWriteItem
	for _, each := range m.given["items"].([]any) {
		item, err := marshalled(each)
		if err != nil {
			return nil, err
		}
		writes = append(writes, types.TransactWriteItem{Put: &types.Put{
			TableName: &m.table, Item: item, ConditionExpression: condition.Condition(),
			ExpressionAttributeNames: condition.Names(),
		}})
	}
	_, err = m.client.TransactWriteItems(m.ctx, &dynamodb.TransactWriteItemsInput{TransactItems: writes})
	return nil, err
}

func (m music) transactGet() (map[string]any, error) {
	var gets []types.TransactGetItem
	for _, each := range m.keys() {
		gets = append(gets, types.TransactGetItem{Get: &types.Get{TableName: &m.table, Key: each}})
	}
	found, err := m.client.TransactGetItems(m.ctx, &dynamodb.TransactGetItemsInput{TransactItems: gets})
	if err != nil {
		return nil, err
	}
	count := 0
	for _, each := range found.Responses {
		if each.Item != nil {
			count++
		}
	}
	return map[string]any{"count": count}, nil
}

// --- PartiQL and streams ---

func (m music) statement() (map[string]any, error) {
	var parameters []types.AttributeValue
	if err := read(m.given["parameters"], reflect.ValueOf(&parameters).Elem()); err != nil {
		return nil, err
	}
	found, err := m.client.ExecuteStatement(m.ctx, &dynamodb.ExecuteStatementInput{
		Statement: aws.String(m.given["statement"].(string)), Parameters: parameters,
	})
	if err != nil {
		return nil, err
	}
	items := []any{}
	for _, each := range found.Items {
		items = append(items, write(reflect.ValueOf(each)))
	}
	return map[string]any{"items": items}, nil
}

func (m music) stream() (map[string]any, error) {
	table, err := m.client.DescribeTable(m.ctx, &dynamodb.DescribeTableInput{TableName: &m.table})
	if err != nil {
		return nil, err
	}
	arn := table.Table.LatestStreamArn
	described, err := m.streams.DescribeStream(m.ctx, &dynamodbstreams.DescribeStreamInput{StreamArn: arn})
	if err != nil {
		return nil, err
	}
	events := []string{}
	for _, shard := range described.StreamDescription.Shards {
		begun, err := m.streams.GetShardIterator(m.ctx, &dynamodbstreams.GetShardIteratorInput{
			StreamArn: arn, ShardId: shard.ShardId, ShardIteratorType: ofstreams.ShardIteratorTypeTrimHorizon,
		})
		if err != nil {
			return nil, err
		}
		found, err := m.streams.GetRecords(m.ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: begun.ShardIterator})
		if err != nil {
			return nil, err
		}
		for _, record := range found.Records {
			artist, found := record.Dynamodb.Keys["artist"].(*ofstreams.AttributeValueMemberS)
			if found && artist.Value == m.given["artist"] {
				events = append(events, string(record.EventName))
			}
		}
	}
	return map[string]any{"events": events}, nil
}
