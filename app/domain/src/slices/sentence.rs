//! What was found, in one or two sentences. They go into messages, where no page is, so both languages stand here and not
//! among the strings of the pages; data is stored, words are made when somebody reads.

use jiff::tz::TimeZone;

use super::{Basis, Choice, CodeShare, Culprit, Explanation, Looked, Rest, Verdict};
use crate::{
    Timestamp,
    people::Locale,
    time::DAY,
    transactions::{Money, money_grouped, units},
};

/// `12,345`: counts in messages, rounded to whole ones.
pub fn grouped(count: f64) -> String {
    let digits = format!("{:.0}", count.abs());
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if count <= -0.5 { format!("-{out}") } else { out }
}

/// `99.93 %`, with as many digits as its distance from 100 % deserves.
pub fn rate_text(rate: f64) -> String {
    let missing = (1.0 - rate).abs() * 100.0;
    let digits = if missing == 0.0 || missing >= 10.0 {
        1
    } else if missing >= 0.1 {
        2
    } else {
        3
    };
    format!("{:.digits$} %", rate * 100.0)
}

/// `92 %`.
fn share_text(share: f64) -> String {
    format!("{:.0} %", (share * 100.0).clamp(0.0, 100.0))
}

/// An expectation: `8`, or `0.4` where it is small.
fn expected_text(expected: f64) -> String {
    if expected < 9.95 { format!("{expected:.1}") } else { grouped(expected) }
}

/// A dimension in a language; one that a stream declares by its key.
fn dimension_word(name: &str, locale: Locale) -> String {
    let word = match (name, locale) {
        ("system", Locale::Zh) => "系统",
        ("stream", Locale::Zh) => "交易流",
        ("link", Locale::Zh) => "链路",
        ("merchant", Locale::Zh) => "商户",
        ("channel", Locale::Zh) => "渠道",
        ("code", Locale::Zh) => "返回码",
        _ => name,
    };
    word.to_owned()
}

/// The narrowest first: `merchant M17 on link L3`.
fn slice_text(explanation: &Explanation, slice: &[Choice], locale: Locale) -> String {
    let place = |choice: &Choice| match choice.dimension.as_str() {
        "merchant" => 0,
        "stream" => 4,
        "system" => 5,
        "link" => 2,
        "channel" => 3,
        _ => 1,
    };
    let mut parts: Vec<&Choice> = slice.iter().collect();
    parts.sort_by_key(|choice| place(choice));
    let value = |choice: &Choice| match (choice.value.is_empty(), locale) {
        (false, _) => choice.value.clone(),
        (true, Locale::En) => "(none given)".to_owned(),
        (true, Locale::Zh) => "（未提供）".to_owned(),
    };
    let said = parts.into_iter().map(|choice| format!("{} {}", explanation.word(&choice.dimension, locale), value(choice)));
    said.collect::<Vec<_>>().join(if locale == Locale::En { " on " } else { "、" })
}

/// `14:05`, with the day where it is not that of the other moment.
fn clock(at: Timestamp, beside: Timestamp, zone: &TimeZone) -> String {
    let wall = at.wall(zone);
    let (day, time) = wall.split_once(' ').unwrap_or(("", &wall));
    let time = time.get(..5).unwrap_or(time);
    let same = beside.wall(zone).starts_with(day) || beside.since(at).abs() < DAY / 4;
    if same { time.to_owned() } else { format!("{} {time}", day.get(5..).unwrap_or(day)) }
}

fn money_said(money: &[Money]) -> Option<String> {
    let parts: Vec<String> = money
        .iter()
        .filter(|money| money.failed_amount > 0)
        .take(3)
        .map(|money| format!("{} {}", money.currency, money_grouped(money.failed_amount, &money.currency)).trim_start().to_owned())
        .collect();
    (!parts.is_empty()).then(|| parts.join(" + "))
}

fn code_of(codes: &[CodeShare]) -> Option<&str> {
    codes.first().filter(|code| code.share >= 0.5 && !code.code.is_empty()).map(|code| code.code.as_str())
}

/// A measure: a count, or an amount in its currency.
fn measured(explanation: &Explanation, value: f64) -> String {
    if explanation.looked == Looked::Amount {
        format!("{} {}", explanation.currency, grouped(units(value, &explanation.currency))).trim_start().to_owned()
    } else {
        grouped(value)
    }
}

fn culprit_text(explanation: &Explanation, culprit: &Culprit, locale: Locale, zone: &TimeZone) -> String {
    let slice = slice_text(explanation, &culprit.slice, locale);
    let share = share_text(culprit.share);
    let since = culprit.since.map(|at| clock(at, explanation.span.to, zone));
    let money = money_said(&culprit.money);
    let mut text = match (explanation.looked.is_rate(), locale) {
        (true, Locale::En) => {
            let code = culprit.code().map(|code| format!(" with code {}", code.code)).unwrap_or_default();
            let (failed, total, expected) = (grouped(culprit.observed), grouped(culprit.total), expected_text(culprit.expected));
            format!("{slice} fails{code}: {share} of the excess failures ({failed} of {total} failed, {expected} expected)")
        }
        (true, Locale::Zh) => {
            let code = culprit.code().map(|code| format!("返回码 {} ", code.code)).unwrap_or_default();
            let (failed, total, expected) = (grouped(culprit.observed), grouped(culprit.total), expected_text(culprit.expected));
            format!("{slice} {code}失败：占超额失败的 {share}（{total} 笔中失败 {failed} 笔，预期 {expected} 笔）")
        }
        (false, Locale::En) => {
            let (now, expected) = (measured(explanation, culprit.observed), measured(explanation, culprit.expected));
            let way = if culprit.observed < culprit.expected { "missing" } else { "too much" };
            format!("{slice}: {now} instead of {expected}, {share} of what is {way}")
        }
        (false, Locale::Zh) => {
            let (now, expected) = (measured(explanation, culprit.observed), measured(explanation, culprit.expected));
            let way = if culprit.observed < culprit.expected { "缺口" } else { "超出部分" };
            format!("{slice}：{now}，预期 {expected}，占{way}的 {share}")
        }
    };
    match locale {
        Locale::En => {
            text.extend(since.map(|at| format!(", since {at}")));
            text.extend(money.map(|money| format!(", {money} at risk")));
        }
        Locale::Zh => {
            text.extend(since.map(|at| format!("，始于 {at}")));
            text.extend(money.map(|money| format!("，涉及金额 {money}")));
        }
    }
    text
}

/// "The rest without this slice is normal: 99.93 % against 99.95 %."
fn rest_text(explanation: &Explanation, rest: &Rest, locale: Locale) -> String {
    let normal = explanation.is_rest_normal();
    if !explanation.looked.is_rate() {
        let (now, expected) = (measured(explanation, rest.observed), measured(explanation, rest.expected));
        return match (normal, locale) {
            (true, Locale::En) => format!("The rest is normal: {now} against {expected} expected."),
            (true, Locale::Zh) => format!("其余正常：{now}，预期 {expected}。"),
            (false, Locale::En) => format!("The rest is not as usual either: {now} against {expected} expected."),
            (false, Locale::Zh) => format!("其余也不正常：{now}，预期 {expected}。"),
        };
    }
    let rate = |failed: f64| rate_text(1.0 - (failed / rest.total.max(1e-9)).clamp(0.0, 1.0));
    let (now, before) = (rate(rest.observed), rate(rest.expected));
    match (normal, locale) {
        (true, Locale::En) => format!("The rest without it is normal: {now} against {before}."),
        (true, Locale::Zh) => format!("其余交易正常：成功率 {now}，以往 {before}。"),
        (false, Locale::En) => format!("The rest without it is not as usual either: {now} against {before}."),
        (false, Locale::Zh) => format!("其余交易也不正常：成功率 {now}，以往 {before}。"),
    }
}

impl Explanation {
    /// What a dimension is called: as it was declared, or as the language calls it.
    pub fn word(&self, dimension: &str, locale: Locale) -> String {
        self.labels.get(dimension).cloned().unwrap_or_else(|| dimension_word(dimension, locale))
    }

    /// Whether what is left without the slices is as usual.
    pub fn is_rest_normal(&self) -> bool {
        let Some(rest) = &self.rest else { return true };
        if self.looked.is_rate() {
            // Three deviations of chance, and a tenth by which a rate moves by itself.
            let chance = (rest.expected * (1.0 - (rest.expected / rest.total.max(1.0)).min(1.0))).max(1.0).sqrt();
            rest.observed - rest.expected <= 3.0 * chance + 0.1 * rest.expected
        } else {
            (rest.observed - rest.expected).abs() <= 0.15 * rest.expected + 3.0 * rest.expected.max(1.0).sqrt()
        }
    }
}

/// Where it is that no slice explains: everywhere, or in all of what alone was looked at.
fn everywhere(explanation: &Explanation, locale: Locale) -> String {
    let choice = |(dimension, value): (&str, &str)| Choice { dimension: dimension.to_owned(), value: value.to_owned() };
    let chosen: Vec<Choice> = explanation.filter.singled().map(choice).collect();
    let whole = slice_text(explanation, &chosen, locale);
    match (chosen.is_empty(), locale) {
        (true, Locale::En) => "No slice explains it, it is global".to_owned(),
        (true, Locale::Zh) => "没有切片能解释，属于全局问题".to_owned(),
        (false, Locale::En) => capital(&format!("{whole} as a whole, no slice within explains it")),
        (false, Locale::Zh) => format!("{whole} 整体异常，其内部没有切片能解释"),
    }
}

/// What was found, in a language and a zone.
pub fn sentence(explanation: &Explanation, locale: Locale, zone: &TimeZone) -> String {
    let (total, observed) = (grouped(explanation.total), measured(explanation, explanation.observed));
    let rate = explanation.looked.is_rate();
    let expected = if rate { expected_text(explanation.expected) } else { measured(explanation, explanation.expected) };
    match explanation.verdict {
        Verdict::Slices => {
            let culprits = explanation.culprits.iter().take(3).map(|culprit| culprit_text(explanation, culprit, locale, zone));
            let causes = culprits.collect::<Vec<_>>().join(if locale == Locale::En { "; " } else { "；" });
            let end = if locale == Locale::En { "." } else { "。" };
            let rest = explanation.rest.as_ref().map(|rest| rest_text(explanation, rest, locale)).unwrap_or_default();
            let causes = capital(&causes);
            let space = if locale == Locale::En && !rest.is_empty() { " " } else { "" };
            format!("{causes}{end}{space}{rest}")
        }
        Verdict::Global => {
            let (code, lead) = (code_of(&explanation.codes), everywhere(explanation, locale));
            match (rate, locale) {
                (true, Locale::En) => {
                    let code = code.map(|code| format!(" Most failed with code {code}.")).unwrap_or_default();
                    format!("{lead}: {observed} of {total} failed, {expected} expected.{code}")
                }
                (true, Locale::Zh) => {
                    let code = code.map(|code| format!("主要返回码为 {code}。")).unwrap_or_default();
                    format!("{lead}：{total} 笔中失败 {observed} 笔，预期 {expected} 笔。{code}")
                }
                (false, Locale::En) => format!("{lead}: {observed} instead of {expected}."),
                (false, Locale::Zh) => format!("{lead}：{observed}，预期 {expected}。"),
            }
        }
        Verdict::None => match (rate, locale) {
            (true, Locale::En) => format!("Nothing unusual: {observed} of {total} failed, {expected} expected."),
            (true, Locale::Zh) => format!("未见异常：{total} 笔中失败 {observed} 笔，预期 {expected} 笔。"),
            (false, Locale::En) => format!("Nothing unusual: {observed}, {expected} expected."),
            (false, Locale::Zh) => format!("未见异常：{observed}，预期 {expected}。"),
        },
        Verdict::TooLittle if explanation.baseline.basis == Basis::Nothing => match locale {
            Locale::En => format!("There is nothing before to hold it against: {total} transactions in this span, none before."),
            Locale::Zh => format!("没有历史可比：此时段 {total} 笔，之前没有交易。"),
        },
        Verdict::TooLittle => match locale {
            Locale::En => format!("Not enough traffic to tell: {total} transactions in this span."),
            Locale::Zh => format!("交易量太少，无法判断：此时段仅 {total} 笔。"),
        },
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
pub(super) mod tests {
    use super::{super::Baseline, *};
    use crate::{Span, transactions::Filter};

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    pub(crate) fn found() -> Explanation {
        let slice = [("link", "L3"), ("merchant", "M17")].map(|(d, v)| Choice { dimension: d.into(), value: v.into() }).to_vec();
        let culprit = Culprit {
            slice,
            codes: vec![CodeShare { code: "91".into(), failed: 300, expected: 0.4, share: 0.98 }],
            total: 400.0,
            observed: 312.0,
            expected: 0.8,
            share: 0.92,
            low: Some(0.18),
            high: Some(0.26),
            since: Some(at("2025-03-14T06:05:00Z")),
            money: vec![Money { currency: "CNY".into(), amount: 9_000_000, failed_amount: 1_234_500 }],
        };
        Explanation {
            looked: Looked::Success,
            span: Span::new(at("2025-03-14T06:00:00Z"), at("2025-03-14T06:30:00Z")).unwrap(),
            filter: Filter::default(),
            excused: Vec::new(),
            verdict: Verdict::Slices,
            baseline: Baseline { basis: Basis::Weeks, spans: 4 },
            total: 40_000.0,
            observed: 340.0,
            expected: 20.8,
            currency: String::new(),
            culprits: vec![culprit],
            rest: Some(Rest { total: 39_600.0, observed: 28.0, expected: 20.0 }),
            codes: vec![CodeShare { code: "91".into(), failed: 300, expected: 1.0, share: 0.9 }],
            dimensions: Vec::new(),
            labels: std::collections::BTreeMap::new(),
            leaves: 1_000,
            folded: false,
            damaged: 0,
            computed_at: at("2025-03-14T06:30:00Z"),
        }
    }

    #[test]
    fn a_slice_is_named_with_its_proof() {
        let (found, zone) = (found(), crate::time::zone("Asia/Shanghai").unwrap());
        assert_eq!(
            sentence(&found, Locale::En, &zone),
            "Merchant M17 on link L3 fails with code 91: 92 % of the excess failures (312 of 400 failed, 0.8 expected), since 14:05, \
             CNY 12,345.00 at risk. The rest without it is normal: 99.929 % against 99.949 %."
        );
        assert_eq!(
            sentence(&found, Locale::Zh, &zone),
            "商户 M17、链路 L3 返回码 91 失败：占超额失败的 92 %（400 笔中失败 312 笔，预期 0.8 笔），始于 14:05，涉及金额 CNY 12,345.00。\
             其余交易正常：成功率 99.929 %，以往 99.949 %。"
        );
        assert_eq!(found.label(), "link=L3 merchant=M17 code=91");
        let of = |slice: &[(&str, &str)], chosen: &[(&str, &str)]| {
            let filter = chosen.iter().fold(Filter::default(), |filter, (dimension, value)| filter.with(dimension, value));
            let slice = slice.iter().map(|(dimension, value)| Choice { dimension: (*dimension).into(), value: (*value).into() }).collect();
            let (found, culprit) = (Explanation { filter, ..found.clone() }, Culprit { slice, ..found.culprits[0].clone() });
            found.system_of(&culprit).map(str::to_owned)
        };
        assert_eq!(of(&[("link", "L1"), ("system", "pay")], &[("system", "shop")]).as_deref(), Some("pay"));
        assert_eq!(of(&[("stream", "shop/web")], &[("system", "pay"), ("system", "shop")]).as_deref(), Some("shop"));
        assert_eq!(of(&[("link", "L1")], &[("stream", "shop/web")]).as_deref(), Some("shop"));
        assert_eq!((of(&[], &[("system", "pay"), ("system", "shop")]), of(&[], &[])), (None, None));
        assert!(found.is_rest_normal());
        let filter = [("merchant", "M17"), ("merchant", "M18"), ("region", "eu")];
        let filter = filter.into_iter().fold(Filter::default(), |filter, (dimension, value)| filter.with(dimension, value));
        let chosen = Explanation { filter, ..found.clone() };
        assert_eq!(chosen.narrowed(&found.culprits[0]).braced(), r#"{link="L3", merchant="M17", region="eu"}"#);
        let worse = Explanation { rest: Some(Rest { observed: 90.0, ..found.rest.unwrap() }), ..found.clone() };
        assert!(sentence(&worse, Locale::En, &zone).contains("not as usual either"));
        // It reads back as it was written: what is stored is data.
        let text = serde_json::to_string(&found).unwrap();
        assert_eq!(serde_json::from_str::<Explanation>(&text).unwrap(), found);
    }

    #[test]
    fn declared_dimensions_are_called_as_they_were_declared() {
        let mut found = found();
        found.culprits[0].slice = [("stream", "shop/booking"), ("route", "SHA-PEK"), ("device", "ios")]
            .map(|(d, v)| Choice { dimension: d.into(), value: v.into() })
            .to_vec();
        found.labels.insert("route".into(), "Route 航线".into());
        let said = |locale| sentence(&found, locale, &TimeZone::UTC);
        assert!(said(Locale::En).starts_with("Route 航线 SHA-PEK on device ios on stream shop/booking fails with code 91"));
        assert!(said(Locale::Zh).starts_with("Route 航线 SHA-PEK、device ios、交易流 shop/booking 返回码 91"));
        assert_eq!(found.path().split('?').count(), 2);
        let excused = Explanation { excused: vec!["51".into(), "Ä 1".into()], ..found.clone() };
        assert!(excused.path().ends_with("&excused=51&excused=%C3%84%201"), "{}", excused.path());
        assert_eq!(excused.samples_asked().map(|asked| asked.excused), Some(excused.excused.clone()));
    }

    #[test]
    fn every_verdict_is_said() {
        let zone = TimeZone::UTC;
        for (verdict, words) in [
            (Verdict::Global, ["it is global", "全局问题"]),
            (Verdict::None, ["Nothing unusual", "未见异常"]),
            (Verdict::TooLittle, ["Not enough traffic", "交易量太少"]),
        ] {
            let found = Explanation { verdict, culprits: Vec::new(), rest: None, ..found() };
            for (locale, word) in Locale::ALL.into_iter().zip(words) {
                assert!(sentence(&found, locale, &zone).contains(word), "{verdict} {locale:?}");
            }
        }
        let global = Explanation { verdict: Verdict::Global, culprits: Vec::new(), rest: None, ..found() };
        assert_eq!((global.label().as_str(), global.named()), ("* code=91", Vec::new()));
        // Of one merchant alone nothing is said of all.
        let filter = Filter::default().only("merchant", "M2").with("link", "L1").with("link", "L2");
        let global = Explanation { filter, ..global };
        assert_eq!((global.label().as_str(), global.named()), ("* merchant=M2 code=91", vec![("merchant", "M2")]));
        let said = |locale| sentence(&global, locale, &zone);
        assert!(said(Locale::En).starts_with("Merchant M2 as a whole, no slice within explains it: 340 of 40,000 failed"));
        assert!(said(Locale::Zh).starts_with("商户 M2 整体异常，其内部没有切片能解释：40,000 笔中失败 340 笔"));
    }

    #[test]
    fn volumes_and_other_days_are_said() {
        let mut found = found();
        (found.looked, found.culprits[0].expected) = (Looked::Volume, 900.0);
        found.culprits[0].since = Some(at("2025-03-12T06:05:00Z"));
        let said = sentence(&found, Locale::En, &TimeZone::UTC);
        assert!(said.starts_with("Merchant M17 on link L3: 312 instead of 900, 92 % of what is missing, since 03-12 06:05"), "{said}");
        assert_eq!(
            (grouped(1_234_567.0), grouped(-12.0), rate_text(0.5), rate_text(0.9942)),
            ("1,234,567".into(), "-12".into(), "50.0 %".into(), "99.42 %".into())
        );
    }
}
