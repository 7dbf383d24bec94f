//! Requests in, answers out, a line of JSON each, for the AWS SDK for Rust.
//!
//!     {"verb": "get", "input": {"table": ..., "key": {"artist": ..., "song": ...}}}
//!     {"output": {...}} or {"error": {"code": ..., "message": ...}}

mod music;
mod wire;

use std::io::{self, BufRead, Write};

use aws_config::retry::RetryConfig;
use serde_json::{json, Value};

use music::{Failure, Music};

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let config = aws_config::from_env().retry_config(RetryConfig::standard().with_max_attempts(10)).load().await;
    let music = Music {
        client: aws_sdk_dynamodb::Client::new(&config),
        streams: aws_sdk_dynamodbstreams::Client::new(&config),
    };
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
