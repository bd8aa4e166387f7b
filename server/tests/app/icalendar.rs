//! Calendars as another program reads them: the Python package `icalendar`.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use serde::Deserialize;

use super::counterpart;

const READER: &str = include_str!("read_calendar.py");

/// A moment as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Moment {
    /// Epoch-milliseconds.
    pub ms: i64,
    /// Whether it was written in UTC.
    pub utc: bool,
    /// What clocks show then in the zone that was asked for, `2025-03-30T03:30`.
    pub wall: String,
}

/// An event as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Event {
    pub uid: String,
    pub start: Moment,
    pub end: Moment,
    pub summary: String,
    pub status: String,
    pub url: String,
    pub category: String,
}

#[derive(Deserialize)]
struct Read {
    wrong: Vec<String>,
    events: Vec<Event>,
}

/// The events of a calendar in which nothing is wrong; `None`, said aloud, where the package is not installed, which is a failure in CI.
pub fn read(text: &str, zone: &str) -> Option<Vec<Event>> {
    let mut command = Command::new(counterpart::python("icalendar")?);
    command.args(["-c", READER, zone]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("Python runs");
    child.stdin.take().expect("its input").write_all(text.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "no calendar: {text}");
    let read: Read = serde_json::from_slice(&output.stdout).expect("what it says");
    assert_eq!(read.wrong, Vec::<String>::new());
    assert!(read.events.iter().all(|event| event.start.utc && event.end.utc && event.start.ms < event.end.ms));
    Some(read.events)
}
