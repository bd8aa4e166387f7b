//! Lines of a log, each with an anchor, ANSI colours as classes.

use leptos::prelude::*;

use super::{Icon, Maybe, ansi::parse_ansi};
use crate::t;

/// A line of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Its number from 1.
    pub number: i64,
    /// Its text, as it was written.
    pub text: String,
    /// Whether it came on the error stream.
    pub err: bool,
}

/// A log. Each line can be pointed at: `#L120`. With `source` the script holds only the lines around what the reader sees,
/// of any number; while it is being written it keeps to the end until the reader scrolls up. Without JavaScript the page
/// shows the lines it was given, and `pages` lead to the others.
#[component]
pub fn LogView(
    /// What it is the log of, for those who cannot see it.
    #[prop(into)]
    label: String,
    /// Its lines.
    lines: Vec<LogLine>,
    /// URL that gives lines as HTML, to which `?after=N&limit=M` is added.
    #[prop(optional, into)]
    source: Maybe<String>,
    /// How many lines the whole log has; as many as `lines` where it is not said.
    #[prop(optional)]
    total: Option<i64>,
    /// It is still being written: `source` also gives a stream of what comes.
    #[prop(optional)]
    live: bool,
    /// What stands at the end, e.g. "output cut at 10 MiB" or "exit code 0".
    #[prop(optional, into)]
    end: Maybe<String>,
    /// Where the whole log can be had as text.
    #[prop(optional, into)]
    download: Maybe<String>,
) -> impl IntoView {
    let Maybe(source) = source;
    let Maybe(end) = end;
    let Maybe(download) = download;
    let total = total.unwrap_or_else(|| i64::try_from(lines.len()).unwrap_or(i64::MAX));
    view! {
        <div class="log" data-source=source data-total=total data-live=live.then_some("")>
            <div class="log-head">
                <span data-log-count="">{t!("log-lines", count = total)}</span>
                {live
                    .then(|| {
                        view! {
                            <label class="check needs-js">
                                <input type="checkbox" data-log-follow="" checked/>
                                <span>{t!("log-follow")}</span>
                            </label>
                        }
                    })}
                {download.map(|href| view! { <a href=href><Icon name="download"/>{t!("log-download")}</a> })}
            </div>
            <div class="log-lines" role="log" aria-label=label aria-live="off" tabindex="0">
                <ol>
                    <LogLines lines/>
                </ol>
            </div>
            {end.map(|end| view! { <p class="log-end">{end}</p> })}
        </div>
    }
}

/// Only the lines: what the `source` URL answers.
#[component]
pub fn LogLines(
    /// The lines.
    lines: Vec<LogLine>,
) -> impl IntoView {
    lines
        .into_iter()
        .map(|line| {
            let id = format!("L{}", line.number);
            let href = format!("#{id}");
            let text = parse_ansi(&line.text)
                .into_iter()
                .map(|piece| {
                    if piece.class.is_empty() {
                        piece.text.into_any()
                    } else {
                        view! { <span class=piece.class>{piece.text}</span> }.into_any()
                    }
                })
                .collect_view();
            view! { <li id=id data-stream=line.err.then_some("err")><a href=href>{line.number}</a><span>{text}</span></li> }
        })
        .collect_view()
}
