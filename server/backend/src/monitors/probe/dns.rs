//! A name server: its code and its answers of the kind asked for.

use domain::monitors::{DnsTarget, FactKind, RecordKind, Transport};
use hickory_resolver::proto::{
    op::{Message, Query, ResponseCode},
    rr::{Name, RecordType},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{Instant, timeout_at},
};

use super::{Asking, Miss, Phases, Sight};
use crate::egress::{EgressError, Phase, Whither};

/// How often a datagram is sent that stays without an answer.
const TRIES: u32 = 2;

pub(super) async fn probe(asking: &Asking<'_>, target: &DnsTarget) -> Result<Sight, Miss> {
    let to = target.server.as_ref().map_or(Whither::NameServer, |server| Whither::Host(server.host(), server.port()));
    let question = question(target)?;
    let mut sight = Sight::default();
    let mut answer = None;
    if target.transport == Transport::Udp {
        let answered = by_datagram(asking, to, &question, &mut sight).await?;
        // What was cut short is asked for again, as every resolver does.
        answer = (!answered.metadata.truncation).then_some(answered);
    }
    let answer = match answer {
        Some(answer) => answer,
        None => over_a_connection(asking, to, &question, &mut sight).await?,
    };
    let code = word(answer.metadata.response_code);
    let kind = question.queries.first().map(Query::query_type);
    let answers: Vec<String> =
        answer.answers.iter().filter(|record| Some(record.record_type()) == kind).map(|record| record.data.to_string()).collect();
    sight.tell(FactKind::Rcode, &code);
    for answer in answers.iter().take(20) {
        sight.tell(FactKind::Answer, answer);
    }
    sight.judged(target.judge(&code, &answers));
    Ok(sight)
}

fn question(target: &DnsTarget) -> Result<Message, Miss> {
    let mut name = Name::from_utf8(&target.lookup).map_err(|error| EgressError::Invalid(format!("{}: {error}", target.lookup)))?;
    // What is typed is the whole name, whatever the search list of the machine.
    name.set_fqdn(true);
    let kind = match target.record {
        RecordKind::A => RecordType::A,
        RecordKind::Aaaa => RecordType::AAAA,
        RecordKind::Cname => RecordType::CNAME,
        RecordKind::Mx => RecordType::MX,
        RecordKind::Txt => RecordType::TXT,
        RecordKind::Ns => RecordType::NS,
        RecordKind::Soa => RecordType::SOA,
        RecordKind::Srv => RecordType::SRV,
        RecordKind::Caa => RecordType::CAA,
        RecordKind::Ptr => RecordType::PTR,
    };
    let mut message = Message::query();
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(name, kind));
    Ok(message)
}

fn wire(question: &Message) -> Result<Vec<u8>, Miss> {
    question.to_vec().map_err(|error| EgressError::Invalid(error.to_string()).into())
}

/// Whether a message answers the question, and not another.
fn answers(message: &Message, question: &Message) -> bool {
    message.metadata.id == question.metadata.id && (message.queries.is_empty() || message.queries == question.queries)
}

async fn by_datagram(asking: &Asking<'_>, to: Whither<'_>, question: &Message, sight: &mut Sight) -> Result<Message, Miss> {
    let begin = Instant::now();
    let (socket, peer, dns) = asking.egress.datagrams(to, asking.deadline).await?;
    sight.phases = Phases { dns, ..Phases::default() };
    sight.tell(FactKind::Server, format!("{peer} udp"));
    let packet = wire(question)?;
    let mut buffer = vec![0; 4_096];
    for left in (1..=TRIES).rev() {
        let share = asking.deadline.saturating_duration_since(Instant::now()) / left;
        let until = Instant::now() + share;
        socket.send(&packet).await.map_err(|error| EgressError::Connect(format!("{peer}: {error}")))?;
        while let Ok(received) = timeout_at(until, socket.recv(&mut buffer)).await {
            let length = received.map_err(|error| EgressError::Connect(format!("{peer}: {error}")))?;
            if let Ok(message) = Message::from_vec(&buffer[..length])
                && answers(&message, question)
            {
                sight.phases.answer = begin.elapsed().saturating_sub(dns);
                return Ok(message);
            }
        }
    }
    Err(EgressError::Timeout(Phase::FirstByte).into())
}

async fn over_a_connection(asking: &Asking<'_>, to: Whither<'_>, question: &Message, sight: &mut Sight) -> Result<Message, Miss> {
    let mut line = asking.egress.dial(to, asking.deadline).await?;
    let begin = Instant::now();
    sight.tell(FactKind::Server, format!("{} tcp", line.peer));
    let packet = wire(question)?;
    let length = u16::try_from(packet.len()).map_err(|_| EgressError::Invalid("the question is too long".to_owned()))?;
    let talk = async {
        line.stream.write_all(&length.to_be_bytes()).await?;
        line.stream.write_all(&packet).await?;
        let length = line.stream.read_u16().await?;
        let mut answer = vec![0; usize::from(length)];
        line.stream.read_exact(&mut answer).await?;
        std::io::Result::Ok(answer)
    };
    let answer = timeout_at(asking.deadline, talk).await.map_err(|_| EgressError::Timeout(Phase::FirstByte))?.map_err(Miss::protocol)?;
    let message = Message::from_vec(&answer).map_err(Miss::protocol)?;
    if !answers(&message, question) {
        return Err(Miss::protocol("the answer is to another question"));
    }
    sight.phases = Phases { dns: line.dns, connect: line.connect, answer: begin.elapsed(), ..Phases::default() };
    Ok(message)
}

/// The usual word for a code (RFC 1035, RFC 6895).
fn word(code: ResponseCode) -> String {
    match code {
        ResponseCode::NoError => "NOERROR".to_owned(),
        ResponseCode::FormErr => "FORMERR".to_owned(),
        ResponseCode::ServFail => "SERVFAIL".to_owned(),
        ResponseCode::NXDomain => "NXDOMAIN".to_owned(),
        ResponseCode::NotImp => "NOTIMP".to_owned(),
        ResponseCode::Refused => "REFUSED".to_owned(),
        other => other.to_string(),
    }
}
