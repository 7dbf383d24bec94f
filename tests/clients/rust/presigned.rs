//! A GetItem whose signature is in its query, made by the signer below the SDK and sent over a plain connection.

use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, SystemTime};

use aws_sigv4::http_request::{sign, SignableBody, SignableRequest, SignatureLocation, SigningSettings};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use serde_json::{json, Value};

use crate::music::{Answer, Failure};
use crate::wire::{key, write_item};
use crate::{credentials, variable};

const LIFETIME: Duration = Duration::from_secs(60);

/// Reads the item of a key by a request that was signed `age` seconds ago.
pub fn read(table: &str, given: &Value) -> Answer {
    let body = json!({"TableName": table, "Key": write_item(&key(&given["key"]))}).to_string();
    let signed_at = SystemTime::now() - Duration::from_secs(given["age"].as_u64().expect("an age"));
    let answer = signed(&body, signed_at).and_then(|request| sent(&request, &body));
    let answer = answer.map_err(|error| Failure(json!({"error": {"code": "Unknown", "message": error.to_string()}})))?;
    if let Some(code) = answer["__type"].as_str().and_then(|kind| kind.rsplit('#').next()) {
        return Err(Failure(json!({"error": {"code": code, "message": answer["message"]}})));
    }
    Ok(answer.get("Item").map_or(json!({}), |item| json!({"item": item})))
}

fn signed(body: &str, at: SystemTime) -> Result<http::Request<()>, Box<dyn Error>> {
    let endpoint = variable("AWS_ENDPOINT_URL");
    let host = endpoint.trim_start_matches("http://");
    let headers =
        [("host", host), ("x-amz-target", "DynamoDB_20120810.GetItem"), ("content-type", "application/x-amz-json-1.0")];
    let (identity, region): (Identity, _) = (credentials().into(), variable("AWS_REGION"));
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(LIFETIME);
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(&region)
        .name("dynamodb")
        .time(at)
        .settings(settings)
        .build()?
        .into();
    let address = format!("{endpoint}/");
    let signable =
        SignableRequest::new("POST", &address, headers.into_iter(), SignableBody::Bytes(body.as_bytes()))?;
    let mut request = http::Request::post(&address);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let mut request = request.body(())?;
    sign(signable, &parameters)?.into_parts().0.apply_to_request_http1x(&mut request);
    Ok(request)
}

fn sent(request: &http::Request<()>, body: &str) -> Result<Value, Box<dyn Error>> {
    let target = request.uri().path_and_query().ok_or("no target")?;
    let mut text = format!("POST {target} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in request.headers() {
        text += &format!("{name}: {}\r\n", value.to_str()?);
    }
    let mut connection = TcpStream::connect(request.uri().authority().ok_or("no host")?.as_str())?;
    write!(connection, "{text}\r\n{body}")?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    let (_, content) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
    Ok(serde_json::from_str(content)?)
}
