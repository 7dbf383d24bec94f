//! Requests in, answers out, a line of JSON each, for the AWS SDK for Rust.
//!
//!     {"verb": "get", "input": {"table": ..., "key": {"artist": ..., "song": ...}}}
//!     {"output": {...}} or {"error": {"code": ..., "message": ...}}

mod music;
mod presigned;
mod wire;

use std::env;
use std::io::{self, BufRead, Write};

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_http_client::Builder;
use serde_json::{json, Value};

use music::{Failure, Music};

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let music = Music { client: connect(), streams: connect_to_streams() };
    for line in io::stdin().lock().lines() {
        let request: Value = serde_json::from_str(&line?)?;
        let verb = request["verb"].as_str().unwrap_or_default();
        let answer = match music.play(verb, &request["input"]).await {
            Ok(output) => json!({"output": output}),
            Err(Failure(answer)) => answer,
        };
        writeln!(io::stdout(), "{answer}")?;
    }
    Ok(())
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

fn credentials() -> Credentials {
    let (access_key, secret_key) = (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"));
    Credentials::new(access_key, secret_key, None, None, "environment")
}

fn connect() -> aws_sdk_dynamodb::Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(variable("AWS_REGION")))
        .endpoint_url(variable("AWS_ENDPOINT_URL"))
        .credentials_provider(credentials())
        .http_client(Builder::new().build_http())
        .retry_config(RetryConfig::standard().with_max_attempts(10));
    aws_sdk_dynamodb::Client::from_conf(config.build())
}

fn connect_to_streams() -> aws_sdk_dynamodbstreams::Client {
    let config = aws_sdk_dynamodbstreams::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(variable("AWS_REGION")))
        .endpoint_url(variable("AWS_ENDPOINT_URL"))
        .credentials_provider(credentials())
        .http_client(Builder::new().build_http());
    aws_sdk_dynamodbstreams::Client::from_conf(config.build())
}
