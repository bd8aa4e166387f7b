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

/// A log. Each line can be pointed at: `#L120`. With `follow` the script loads what is written meanwhile and keeps to
/// the end until the reader scrolls up; without JavaScript the page shows what there is.
#[component]
pub fn LogView(
    /// What it is the log of, for those who cannot see it.
    #[prop(into)]
    label: String,
    /// Its lines.
    lines: Vec<LogLine>,
    /// It is still being written: URL that gives the lines after a number as HTML, to which `?after=N` is added.
    #[prop(optional, into)]
    follow: Maybe<String>,
    /// What stands at the end, e.g. "output cut at 10 MiB" or "exit code 0".
    #[prop(optional, into)]
    end: Maybe<String>,
    /// Where the whole log can be had as text.
    #[prop(optional, into)]
    download: Maybe<String>,
) -> impl IntoView {
    let Maybe(follow) = follow;
    let Maybe(end) = end;
    let Maybe(download) = download;
    let shown = lines.len();
    let following = follow.is_some();
    view! {
        <div class="log" data-follow=follow>
            <div class="log-head">
                <span data-log-count="">{t!("log-lines", count = shown)}</span>
                {following
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

/// Only the lines: what the `follow` URL answers.
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
