//! The health service of gRPC: one unary call over HTTP/2, in frames of our own (a length and a message of one field).

use bytes::{BufMut, Bytes, BytesMut};
use domain::monitors::{FactKind, GrpcTarget, Reason};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::time::{Instant, timeout_at};
use tokio_util::task::AbortOnDropHandle;

use super::{Asking, Miss, Sight, wire::Wire};
use crate::egress::{EgressError, Phase, Security};

/// Bytes of an answer that are read.
const MOST: usize = 64 << 10;

pub(super) async fn probe(asking: &Asking<'_>, target: &GrpcTarget) -> Result<Sight, Miss> {
    let mut wire = Wire::open(asking, &target.address).await?;
    if target.tls {
        let how = Security { accept_invalid: target.accept_invalid, h2: true, ..Security::default() };
        wire = wire.secure(asking, target.address.host(), how).await?;
    }
    let (stream, mut sight) = wire.into_stream();
    let begin = Instant::now();
    let call = call(stream, target);
    let (status, message, body) = timeout_at(asking.deadline, call).await.map_err(|_| EgressError::Timeout(Phase::FirstByte))??;
    sight.phases.answer = begin.elapsed();
    judge(&mut sight, target, status, &message, &body);
    Ok(sight)
}

async fn call(stream: Box<dyn super::wire::Stream>, target: &GrpcTarget) -> Result<(u32, String, Bytes), Miss> {
    let broken =
        |error: hyper::Error| Miss::protocol(std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string));
    let (mut sender, connection) = http2::Builder::new(TokioExecutor::new()).handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let _connection = AbortOnDropHandle::new(tokio::spawn(connection));
    let scheme = if target.tls { "https" } else { "http" };
    let request = http::Request::post(format!("{scheme}://{}/grpc.health.v1.Health/Check", target.address))
        .version(http::Version::HTTP_2)
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("user-agent", concat!("Evenkeel/", env!("CARGO_PKG_VERSION")))
        .body(Full::new(ask(&target.service)))
        .map_err(|error| EgressError::Invalid(error.to_string()))?;
    let answer = sender.send_request(request).await.map_err(broken)?;
    let (head, mut incoming) = answer.into_parts();
    if head.status != http::StatusCode::OK {
        return Err(Miss::Told(Reason::Status, head.status.as_u16().to_string()));
    }
    let (mut body, mut trailers) = (BytesMut::new(), head.headers);
    while let Some(frame) = incoming.frame().await {
        match frame.map_err(broken)?.into_data() {
            Ok(data) if body.len() + data.len() > MOST => return Err(Miss::protocol("an answer of more than 64 KiB")),
            Ok(data) => body.extend_from_slice(&data),
            Err(frame) => {
                if let Ok(more) = frame.into_trailers() {
                    trailers.extend(more);
                }
            }
        }
    }
    let text = |name: &str| trailers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let status = text("grpc-status").parse().map_err(|_| Miss::protocol("not gRPC: no grpc-status"))?;
    let message = percent_encoding::percent_decode_str(text("grpc-message")).decode_utf8_lossy().into_owned();
    Ok((status, message, body.freeze()))
}

/// `HealthCheckRequest { service = 1 }` in a frame.
fn ask(service: &str) -> Bytes {
    let mut message = BytesMut::new();
    if !service.is_empty() {
        message.put_u8(0x0a);
        varint(&mut message, service.len());
        message.extend_from_slice(service.as_bytes());
    }
    let mut frame = BytesMut::with_capacity(message.len() + 5);
    frame.put_u8(0);
    frame.put_u32(u32::try_from(message.len()).unwrap_or_default());
    frame.extend_from_slice(&message);
    frame.freeze()
}

fn varint(out: &mut BytesMut, mut value: usize) {
    while value > 0x7f {
        out.put_u8(u8::try_from(value & 0x7f).unwrap_or_default() | 0x80);
        value >>= 7;
    }
    out.put_u8(u8::try_from(value).unwrap_or_default());
}

/// `HealthCheckResponse { status = 1 }`: 1 is SERVING; a message without the field is UNKNOWN. `None` where it is no such
/// message.
fn serving(frame: &[u8]) -> Option<u64> {
    let (head, message) = frame.split_at_checked(5)?;
    if head[0] != 0 || usize::try_from(u32::from_be_bytes([head[1], head[2], head[3], head[4]])).ok()? != message.len() {
        return None;
    }
    match message {
        [] => Some(0),
        [0x08, value] if *value < 0x80 => Some(u64::from(*value)),
        _ => None,
    }
}

/// Codes: <https://grpc.github.io/grpc/core/md_doc_statuscodes.html>
fn judge(sight: &mut Sight, target: &GrpcTarget, status: u32, message: &str, body: &[u8]) {
    let of = |code: u32| match code {
        5 => format!("NOT_FOUND: the server knows no service “{}”", target.service),
        12 => "UNIMPLEMENTED: the server has no health service".to_owned(),
        16 => format!("UNAUTHENTICATED: {message}"),
        7 => format!("PERMISSION_DENIED: {message}"),
        14 => format!("UNAVAILABLE: {message}"),
        code => format!("grpc-status {code}: {message}"),
    };
    let word = match (status, serving(body)) {
        (0, Some(0)) => "UNKNOWN",
        (0, Some(1)) => "SERVING",
        (0, Some(2)) => "NOT_SERVING",
        (0, Some(3)) => "SERVICE_UNKNOWN",
        (0, _) => {
            sight.wrong = Some((Reason::Protocol, "not an answer of grpc.health.v1".to_owned()));
            return;
        }
        (16 | 7, _) => {
            sight.wrong = Some((Reason::Login, of(status)));
            return;
        }
        (code, _) => {
            sight.wrong = Some((Reason::Unhealthy, of(code)));
            return;
        }
    };
    sight.tell(FactKind::Serving, word);
    if word != "SERVING" {
        sight.wrong = Some((Reason::Unhealthy, word.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_as_the_protocol_has_them() {
        assert_eq!(&ask("")[..], [0, 0, 0, 0, 0]);
        assert_eq!(&ask("ab")[..], [0, 0, 0, 0, 4, 0x0a, 2, b'a', b'b']);
        assert_eq!(ask(&"x".repeat(200))[5..8], [0x0a, 0xc8, 0x01]);
        assert_eq!(serving(&[0, 0, 0, 0, 2, 8, 1]), Some(1));
        assert_eq!(serving(&[0, 0, 0, 0, 0]), Some(0));
        assert_eq!(serving(&[0, 0, 0, 0, 9, 8, 1]), None);
    }
}
