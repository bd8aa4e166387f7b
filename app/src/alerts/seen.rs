//! What alerts say in the language of their reader: lines of our own are read back and said anew, what others have written stands as
//! it is. Pages say so, and so do messages in the language of their channel.

use domain::{
    alerts::{Alert, Measure, Seen, ours, title_told},
    deliveries::message::Speech,
    people::Locale,
};
use jiff::tz::TimeZone;

use crate::{
    i18n::{say, say_wording},
    monitors::told_in,
    visit::{Visit, current_locale, use_visit},
};

/// How messages say what alerts say.
pub const SPEECH: Speech = Speech { title: title_in, detail: seen_in };

/// The title of an alert, or of the incident that it opened, in the language being rendered.
pub(crate) fn title_words(title: &str) -> String {
    title_in(current_locale(), title)
}

/// The same in a given language, outside of rendering.
pub(crate) fn title_in(locale: Locale, title: &str) -> String {
    ours::title(title).map_or_else(|| title.to_owned(), |wording| say_wording(locale, &wording))
}

/// The title of an alert to a reader: its own words in their language where it has them.
pub(crate) fn title_of(alert: &Alert, locale: Locale, zone: &TimeZone) -> String {
    alert.spoken(locale, zone).title.unwrap_or_else(|| title_in(locale, &alert.title))
}

/// The same to whoever is being rendered for.
pub(crate) fn alert_title(alert: &Alert) -> String {
    let visit = use_visit();
    title_of(alert, visit.locale, &visit.zone)
}

/// The title of an alert, or of an incident, with what is kept of its texts, to whoever is being rendered for.
pub(crate) fn spoken_title(title: &str, told: &str) -> String {
    if told.is_empty() { title_words(title) } else { spoken_title_to(&use_visit(), title, told) }
}

/// The same outside of rendering.
pub(crate) fn spoken_title_to(visit: &Visit, title: &str, told: &str) -> String {
    title_told(title, told, visit.locale, &visit.zone).unwrap_or_else(|| title_in(visit.locale, title))
}

/// What was seen of a condition in the language being rendered; what others have written as it stands.
pub(crate) fn seen_words(detail: &str) -> String {
    seen_in(current_locale(), detail)
}

/// A title and what was seen behind it, `title: connect: refused`, in the language being rendered. A title may have a colon, too.
pub(crate) fn titled_words(text: &str) -> String {
    let said = |(place, _): (usize, &str)| {
        let (title, rest) = (text.get(..place)?, text.get(place + 2..)?);
        let (words, seen) = (title_words(title), seen_words(rest));
        (words != title || seen != rest).then(|| format!("{words}: {seen}"))
    };
    text.match_indices(": ").find_map(said).unwrap_or_else(|| title_words(text))
}

/// What was seen of a condition in a given language, outside of rendering.
pub(crate) fn seen_in(locale: Locale, detail: &str) -> String {
    let Some(seen) = Seen::parse(detail) else { return told_in(locale, detail) };
    let plain = |key: &str| say(locale, key, &[]);
    let valued = |key: &str, value: String| say(locale, key, &[("value", value.into())]);
    let with = |said: String, text: String| {
        if said.is_empty() { text } else { say(locale, "alerts-seen-with", &[("said", said.into()), ("text", text.into())]) }
    };
    let rate = |rate: Option<String>| rate.unwrap_or_else(|| plain("alerts-seen-burn-unknown"));
    match seen {
        Seen::NoValue => plain("alerts-seen-no-value"),
        Seen::Value { said, value } => with(said, valued("alerts-seen-value", value)),
        Seen::Bound { said, measure, value, above, bound } => {
            let value = match measure {
                Measure::Value => valued("alerts-seen-value", value),
                Measure::OffWeeks => valued("alerts-seen-off", value),
                Measure::Surprise => valued("alerts-seen-surprise", value),
            };
            let key = if above { "alerts-seen-above" } else { "alerts-seen-below" };
            with(said, say(locale, key, &[("value", value.into()), ("bound", bound.into())]))
        }
        Seen::Burn { long, short, beyond } => {
            let rates = [("long_rate", rate(long.0).into()), ("short_rate", rate(short.0).into())];
            let bounds = [("long", long.1.into()), ("short", short.1.into()), ("beyond", beyond.into())];
            say(locale, "alerts-seen-burn", &[rates.as_slice(), bounds.as_slice()].concat())
        }
        Seen::SourceGone => plain("alerts-seen-source-gone"),
        Seen::SourcePaused { name } => say(locale, "alerts-seen-source-paused", &[("name", name.into())]),
        Seen::SourceSilent { name, why } => {
            let why = told_in(locale, &why);
            say(locale, "alerts-seen-source-silent", &[("name", name.into()), ("why", why.into())])
        }
        Seen::Paused => plain("monitors-shown-paused"),
        Seen::Maintenance => plain("monitors-shown-maintenance"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_is_what_is_written() {
        for (key, line) in [ours::TITLES, ours::ANYWHERE, ours::DETAILS, ours::PARTS, ours::ALONE, ours::TRIALS, ours::PAGES].concat() {
            let wording = [ours::title, ours::detail, ours::part, ours::alone, ours::trial, ours::page]
                .iter()
                .find_map(|find| find(line).filter(|wording| wording.key == key));
            assert_eq!(say_wording(Locale::En, &wording.unwrap_or_else(|| panic!("{line} is not read"))), line);
        }
    }

    #[test]
    fn a_chinese_reader_is_told_in_chinese() {
        let titles = [
            ("metric source prom does not answer", "指标来源 prom 无应答"),
            ("pay burns its error budget more than 14.4× too fast (1 h)", "pay 的错误预算消耗过快：超过 14.4 倍（1 h）"),
            ("Gateway · health", "Gateway · health"),
        ];
        for (title, said) in titles {
            assert_eq!(title_in(Locale::Zh, title), said);
            assert_eq!(title_in(Locale::En, title), title);
        }
        let details = [
            ("status: 503, expected 200-299", "状态码不符合预期（503，预期 200-299）"),
            ("connect: 10.0.0.7:443: Connection refused (os error 111)", "无法连接（10.0.0.7:443 拒绝连接（os error 111））"),
            ("timeout: first-byte", "未及时应答（等待首字节阶段）"),
            ("json: $.state: nothing, expected equals up", "JSON 不符合要求（$.state: 无，预期 等于 up）"),
            ("answer: no answer; expected exactly 192.0.2.1", "应答与预期不符（无应答记录；预期 恰好 192.0.2.1）"),
            ("the source prom does not answer: timeout: connect", "指标来源 prom 无应答：未及时应答（建立连接阶段）"),
            ("status 502, expected 200", "状态码为 502，预期 200"),
            ("the source prom takes no questions", "指标来源 prom 不接受提问"),
            ("the source prom refuses the question: bad_data: 1:3: parse error", "指标来源 prom 拒绝该提问：bad_data: 1:3: parse error"),
            ("the source prom refuses the question: the answer is larger than 16 MiB", "指标来源 prom 拒绝该提问：应答超过 16 MiB"),
            ("the source takes too long for all that is asked of it", "来源来不及回答全部提问"),
            ("1201 label sets: 500 are looked at, 701 are left out", "共 1201 组标签：判断其中 500 组，其余 701 组未判断"),
            ("the answer is only a part of what was asked for: store-2: gone", "应答不完整：store-2: gone"),
            ("line 2: the page ends within this line", "第 2 行：页面在该行中途结束"),
            ("line 7: expected `,` before the end of the line", "第 7 行：行尾 之前应为 `,`"),
            ("line 7: expected a name before '+'", "第 7 行：'+' 之前应为名称"),
            ("line 9: h_sum: what counts is not negative", "第 9 行：h_sum：计数不能为负"),
            ("the source prom does not answer: line 3: \"x\" is no number", "指标来源 prom 无应答：第 3 行：\"x\" 不是数"),
            ("maintenance", "维护"),
            ("disk full", "disk full"),
            ("line L3: carrier lost", "line L3: carrier lost"),
            ("line 3: carrier lost", "line 3: carrier lost"),
        ];
        for (detail, said) in details {
            assert_eq!(seen_in(Locale::Zh, detail), said);
        }
    }
}
