//! The steps of the scenario, each as the AWS SDK for Rust does it.

use std::time::Duration;

use aws_sdk_dynamodb::client::Waiters;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, DeleteRequest, Get, GlobalSecondaryIndex, KeySchemaElement, KeyType,
    KeysAndAttributes, Projection, ProjectionType, Put, PutRequest, ReturnValue, ScalarAttributeType, Select,
    StreamSpecification, StreamViewType, TransactGetItem, TransactWriteItem, WriteRequest,
};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodbstreams::types::{AttributeValue as StreamedValue, ShardIteratorType};
use serde_json::{json, Value};

use crate::presigned;
use crate::wire::{key, read, read_item, text, write_item, Item};

const INDEX: &str = "by-year";
const NEW: &str = "attribute_not_exists(artist)";
const PATIENCE: Duration = Duration::from_secs(60);
const LARGEST_PART: usize = 25;

pub struct Music {
    pub client: Client,
    pub streams: aws_sdk_dynamodbstreams::Client,
}

/// What a client's error is on a line.
pub struct Failure(pub Value);

impl<E: ProvideErrorMetadata + std::fmt::Debug, R: std::fmt::Debug> From<SdkError<E, R>> for Failure {
    fn from(error: SdkError<E, R>) -> Self {
        let code = error.code().unwrap_or("Unknown").to_string();
        let message = error.message().map_or_else(|| format!("{error:?}"), str::to_string);
        Failure(json!({"error": {"code": code, "message": message}}))
    }
}

pub type Answer = Result<Value, Failure>;

fn nothing<T>(_: T) -> Answer {
    Ok(json!({}))
}

fn failed(message: String) -> Failure {
    Failure(json!({"error": {"code": "Unknown", "message": message}}))
}

fn items(given: &Value) -> Vec<Item> {
    given["items"].as_array().expect("items").iter().map(read_item).collect()
}

fn keys(given: &Value) -> Vec<Item> {
    given["keys"].as_array().expect("keys").iter().map(key).collect()
}

fn found(item: Option<&Item>) -> Answer {
    Ok(item.map_or(json!({}), |item| json!({"item": write_item(item)})))
}

fn key_schema(partition_key: &str) -> Vec<KeySchemaElement> {
    let element = |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
    vec![
        element(partition_key, KeyType::Hash).expect("a whole element"),
        element("song", KeyType::Range).expect("a whole element"),
    ]
}

impl Music {
    pub async fn play(&self, verb: &str, given: &Value) -> Answer {
        let table = text(&given["table"]);
        match verb {
            "create" => self.create(table).await,
            "wait" => self.wait(table).await,
            "drop" => self.drop(table).await,
            "put" => nothing(self.put(table, given).send().await?),
            "put_new" => nothing(self.put(table, given).condition_expression(NEW).send().await?),
            "get" => self.get(table, given).await,
            "update" => self.update(table, given).await,
            "delete" => {
                let deletion = self.client.delete_item().table_name(table);
                nothing(deletion.set_key(Some(key(&given["key"]))).send().await?)
            }
            "query" => self.query(table, given).await,
            "query_index" => self.query_index(table, given).await,
            "scan" => self.scan(table, given).await,
            "batch_put" => {
                let put = |item| PutRequest::builder().set_item(Some(item)).build().expect("a whole request");
                let writes = items(given).into_iter().map(put);
                self.write(table, writes.map(|put| WriteRequest::builder().put_request(put).build()).collect()).await
            }
            "batch_delete" => {
                let delete = |of| DeleteRequest::builder().set_key(Some(of)).build().expect("a whole request");
                let writes = keys(given).into_iter().map(delete);
                self.write(table, writes.map(|each| WriteRequest::builder().delete_request(each).build()).collect()).await
            }
            "batch_get" => self.batch_get(table, given).await,
            "transact_put" => self.transact_put(table, given).await,
            "transact_get" => self.transact_get(table, given).await,
            "statement" => self.statement(given).await,
            "stream" => self.stream(table, given).await,
            "presigned" => presigned::read(&table, given),
            _ => Err(Failure(json!({"unsupported": verb}))),
        }
    }

    async fn create(&self, table: String) -> Answer {
        let kinds = [("artist", ScalarAttributeType::S), ("song", ScalarAttributeType::S), ("year", ScalarAttributeType::N)];
        let definitions = kinds.map(|(name, kind)| {
            AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build().expect("a whole one")
        });
        let everything = Projection::builder().projection_type(ProjectionType::All).build();
        let index = GlobalSecondaryIndex::builder()
            .index_name(INDEX)
            .set_key_schema(Some(key_schema("year")))
            .projection(everything)
            .build()
            .expect("a whole index");
        let stream = StreamSpecification::builder()
            .stream_enabled(true)
            .stream_view_type(StreamViewType::NewAndOldImages)
            .build()
            .expect("a whole specification");
        let creation = self
            .client
            .create_table()
            .table_name(table)
            .billing_mode(BillingMode::PayPerRequest)
            .set_attribute_definitions(Some(definitions.into()))
            .set_key_schema(Some(key_schema("artist")))
            .global_secondary_indexes(index)
            .stream_specification(stream);
        nothing(creation.send().await?)
    }

    async fn wait(&self, table: String) -> Answer {
        let waited = self.client.wait_until_table_exists().table_name(table).wait(PATIENCE).await;
        let described = waited.map_err(|error| failed(format!("{error:?}")))?.into_result()?;
        let status = described.table().and_then(|table| table.table_status()).map(|status| status.as_str());
        Ok(json!({"status": status}))
    }

    async fn drop(&self, table: String) -> Answer {
        self.client.delete_table().table_name(&table).send().await?;
        let waited = self.client.wait_until_table_not_exists().table_name(table).wait(PATIENCE).await;
        waited.map_err(|error| failed(format!("{error:?}"))).and_then(nothing)
    }

    fn put(&self, table: String, given: &Value) -> aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder {
        self.client.put_item().table_name(table).set_item(Some(read_item(&given["item"])))
    }

    async fn get(&self, table: String, given: &Value) -> Answer {
        let get = self.client.get_item().table_name(table).consistent_read(true);
        found(get.set_key(Some(key(&given["key"]))).send().await?.item())
    }

    async fn update(&self, table: String, given: &Value) -> Answer {
        let mut change = self
            .client
            .update_item()
            .table_name(table)
            .set_key(Some(key(&given["key"])))
            .return_values(ReturnValue::AllNew);
        let mut clauses = vec![];
        for (name, value) in read_item(&given["set"]) {
            clauses.push(format!("#{name} = :{name}"));
            change = change.expression_attribute_names(format!("#{name}"), &name);
            change = change.expression_attribute_values(format!(":{name}"), value);
        }
        if given["if"].is_object() {
            for (name, value) in read_item(&given["if"]) {
                change = change.condition_expression(format!("{name} = :expected"));
                change = change.expression_attribute_values(":expected", value);
            }
        }
        found(change.update_expression(format!("SET {}", clauses.join(", "))).send().await?.attributes())
    }

    async fn query(&self, table: String, given: &Value) -> Answer {
        let mut pages = self
            .client
            .query()
            .table_name(table)
            .key_condition_expression("artist = :a AND song > :s")
            .expression_attribute_values(":a", read(&json!({"S": given["artist"]})))
            .expression_attribute_values(":s", read(&json!({"S": given["after"]})))
            .scan_index_forward(given["forward"] == true)
            .limit(given["limit"].as_i64().expect("a limit") as i32)
            .into_paginator()
            .send();
        let (mut sizes, mut songs) = (vec![], vec![]);
        while let Some(page) = pages.next().await {
            let page = page?;
            if !page.items().is_empty() {
                sizes.push(page.items().len());
            }
            songs.extend(page.items().iter().filter_map(|item| item["song"].as_s().ok().cloned()));
        }
        Ok(json!({"pages": sizes, "first": songs.first(), "last": songs.last()}))
    }

    async fn query_index(&self, table: String, given: &Value) -> Answer {
        let query = self
            .client
            .query()
            .table_name(table)
            .index_name(INDEX)
            .key_condition_expression("#y = :y")
            .expression_attribute_names("#y", "year")
            .expression_attribute_values(":y", read(&json!({"N": given["year"]})))
            .select(Select::Count);
        Ok(json!({"count": query.send().await?.count()}))
    }

    async fn scan(&self, table: String, given: &Value) -> Answer {
        let mut pages = self
            .client
            .scan()
            .table_name(table)
            .filter_expression("artist = :a")
            .expression_attribute_values(":a", read(&json!({"S": given["artist"]})))
            .limit(given["limit"].as_i64().expect("a limit") as i32)
            .into_paginator()
            .send();
        let mut count = 0;
        while let Some(page) = pages.next().await {
            count += page?.count();
        }
        Ok(json!({"count": count}))
    }

    async fn write(&self, table: String, writes: Vec<WriteRequest>) -> Answer {
        for part in writes.chunks(LARGEST_PART) {
            let done = self.client.batch_write_item().request_items(&table, part.to_vec()).send().await?;
            if done.unprocessed_items().is_some_and(|left| !left.is_empty()) {
                return Err(failed("unprocessed items".into()));
            }
        }
        nothing(())
    }

    async fn batch_get(&self, table: String, given: &Value) -> Answer {
        let asked = KeysAndAttributes::builder().set_keys(Some(keys(given))).build().expect("whole keys");
        let answer = self.client.batch_get_item().request_items(&table, asked).send().await?;
        let count = answer.responses().and_then(|tables| tables.get(&table)).map_or(0, Vec::len);
        Ok(json!({"count": count}))
    }

    async fn transact_put(&self, table: String, given: &Value) -> Answer {
        let put = |item| Put::builder().table_name(&table).set_item(Some(item)).condition_expression(NEW).build();
        let puts = items(given).into_iter().map(|item| put(item).expect("a whole put"));
        let writes = puts.map(|put| TransactWriteItem::builder().put(put).build()).collect();
        nothing(self.client.transact_write_items().set_transact_items(Some(writes)).send().await?)
    }

    async fn transact_get(&self, table: String, given: &Value) -> Answer {
        let get = |of| Get::builder().table_name(&table).set_key(Some(of)).build().expect("a whole get");
        let gets = keys(given).into_iter().map(|of| TransactGetItem::builder().get(get(of)).build()).collect();
        let answer = self.client.transact_get_items().set_transact_items(Some(gets)).send().await?;
        Ok(json!({"count": answer.responses().iter().filter(|each| each.item().is_some()).count()}))
    }

    async fn statement(&self, given: &Value) -> Answer {
        let parameters = given["parameters"].as_array().expect("parameters").iter().map(read).collect();
        let statement = self.client.execute_statement().statement(text(&given["statement"]));
        let answer = statement.set_parameters(Some(parameters)).send().await?;
        Ok(json!({"items": answer.items().iter().map(write_item).collect::<Vec<_>>()}))
    }

    async fn stream(&self, table: String, given: &Value) -> Answer {
        let described = self.client.describe_table().table_name(table).send().await?;
        let arn = described.table().and_then(|table| table.latest_stream_arn()).expect("a stream");
        let stream = self.streams.describe_stream().stream_arn(arn).send().await?;
        let mut events = vec![];
        for shard in stream.stream_description().map_or(&[][..], |stream| stream.shards()) {
            let begun = self
                .streams
                .get_shard_iterator()
                .stream_arn(arn)
                .set_shard_id(shard.shard_id().map(str::to_string))
                .shard_iterator_type(ShardIteratorType::TrimHorizon)
                .send()
                .await?;
            let read = self.streams.get_records().set_shard_iterator(begun.shard_iterator().map(str::to_string)).send().await?;
            for record in read.records() {
                let artist = record.dynamodb().and_then(|change| change.keys()).and_then(|keys| keys.get("artist"));
                if artist == Some(&StreamedValue::S(text(&given["artist"]))) {
                    events.push(record.event_name().map(|name| name.as_str().to_string()));
                }
            }
        }
        Ok(json!({"events": events}))
    }
}
