//! Volume, success and latency over time, with last week, changes ▲ and incidents.

use domain::{
    Timestamp,
    changes::number_text,
    overview::Events,
    transactions::{Analysis, Money, Point, units},
};

use super::figures::{float, money, signed};
use crate::{
    components::{ChartData, Mark, Series, Shade, full, percent, significant},
    i18n::say,
    visit::Visit,
};

/// A chart, ready to be drawn.
pub(super) struct Drawn {
    pub(super) id: &'static str,
    pub(super) title: String,
    pub(super) summary: String,
    pub(super) data: ChartData,
}

fn series(name: String, past: bool, points: &[Point], value: impl Fn(&Point) -> Option<f64>) -> Series {
    Series { name, past, values: points.iter().map(value).collect() }
}

pub(super) fn drawn(visit: &Visit, analysis: &Analysis, events: &Events) -> Vec<Drawn> {
    let word = |key: &str| say(visit.locale, key, &[]);
    let points = &analysis.points;
    let span = analysis.span;
    let at = |moment: Timestamp| Timestamp(moment.0.clamp(span.from.0, span.to.0));
    let marks: Vec<Mark> = events
        .changes
        .iter()
        .filter(|change| span.contains(change.busy().from))
        .map(|c| Mark { at: c.busy().from, label: format!("{} {}", number_text(c.number), c.title), href: format!("/changes/{}", c.id) })
        .collect();
    let shades: Vec<Shade> = events
        .incidents
        .iter()
        .flat_map(|i| i.outages.iter().map(move |outage| (i, outage)))
        .filter(|(_, outage)| outage.from < span.to && outage.to.is_none_or(|to| to >= span.from))
        .map(|(i, outage)| Shade {
            from: at(outage.from),
            to: at(outage.to.unwrap_or(visit.now)),
            label: format!("{} {}", i.label(), i.title),
            href: format!("/incidents/{}", i.id),
        })
        .collect();
    // The slot that is being filled would look like a fall.
    let over = |p: &Point| p.span.to <= visit.now;
    let base = ChartData { times: points.iter().map(|p| p.span.from).collect(), marks, shades, ..ChartData::default() };
    let last_week = word("transactions-last-week");
    let (now, before) = (&analysis.totals, &analysis.before);
    // Before the first transaction of all there is no week to compare with: a gap, not a zero.
    let had = before.total > 0;
    let mut charts = Vec::new();
    let volume = Drawn {
        id: "transactions-volume",
        title: word("transactions-volume"),
        summary: say(
            visit.locale,
            "transactions-volume-says",
            &[("now", full(signed(now.total)).into()), ("before", full(signed(before.total)).into())],
        ),
        data: ChartData {
            series: vec![
                series(word("transactions-now"), false, points, |p| over(p).then(|| float(p.total))),
                series(last_week.clone(), true, points, |p| had.then(|| float(p.before_total))),
            ],
            unit: say(visit.locale, "transactions-unit", &[]),
            from_zero: true,
            ..base.clone()
        },
    };
    // Of single codes only failures are known.
    if analysis.filter.code.is_empty() {
        charts.push(volume);
        let hundred = |rate: Option<f64>| rate.map(|rate| rate * 100.0);
        charts.push(Drawn {
            id: "transactions-success",
            title: word("transactions-success"),
            summary: say(
                visit.locale,
                "transactions-success-says",
                &[
                    ("rate", percent(now.success_rate()).into()),
                    ("failed", full(signed(now.failed)).into()),
                    ("before", percent(before.success_rate()).into()),
                ],
            ),
            data: ChartData {
                series: vec![
                    series(word("transactions-now"), false, points, |p| hundred(p.success_rate().filter(|_| over(p)))),
                    series(last_week.clone(), true, points, |p| hundred(p.before_rate())),
                ],
                unit: "%".into(),
                ..base.clone()
            },
        });
        // Of the one currency that there is.
        if let Some(currency) = analysis.currency.as_deref() {
            #[expect(clippy::cast_precision_loss, reason = "drawn with four digits")]
            let major = |minor: i64| units(minor as f64, currency);
            let sum = |list: &[Money]| money(list.iter().find(|m| m.currency == currency).map_or(0, |m| m.amount), currency);
            charts.push(Drawn {
                id: "transactions-amount",
                title: word("transactions-amount"),
                summary: say(
                    visit.locale,
                    "transactions-amount-says",
                    &[("now", sum(&now.money).into()), ("before", sum(&before.money).into())],
                ),
                data: ChartData {
                    series: vec![
                        series(word("transactions-now"), false, points, |p| p.amount.filter(|_| over(p)).map(major)),
                        series(last_week.clone(), true, points, |p| p.before_amount.filter(|_| had).map(major)),
                    ],
                    unit: currency.to_owned(),
                    from_zero: true,
                    ..base.clone()
                },
            });
        }
    }
    charts.push(Drawn {
        id: "transactions-failures",
        title: word("transactions-failures"),
        summary: say(
            visit.locale,
            "transactions-failures-says",
            &[("now", full(signed(now.failed)).into()), ("before", full(signed(before.failed)).into())],
        ),
        data: ChartData {
            series: vec![
                series(word("transactions-now"), false, points, |p| over(p).then(|| float(p.failed))),
                series(last_week, true, points, |p| had.then(|| float(p.before_failed))),
            ],
            unit: word("transactions-unit-failures"),
            from_zero: true,
            ..base.clone()
        },
    });
    if now.p95.is_some() {
        let ms = |value: Option<f64>| value.map(significant).unwrap_or_default();
        charts.push(Drawn {
            id: "transactions-latency",
            title: word("transactions-latency"),
            summary: say(
                visit.locale,
                "transactions-latency-says",
                &[("p50", ms(now.p50).into()), ("p95", ms(now.p95).into()), ("p99", ms(now.p99).into())],
            ),
            data: ChartData {
                series: vec![
                    series("p50".into(), false, points, |p| p.p50.filter(|_| over(p))),
                    series("p95".into(), false, points, |p| p.p95.filter(|_| over(p))),
                    series("p99".into(), false, points, |p| p.p99.filter(|_| over(p))),
                ],
                unit: "ms".into(),
                from_zero: true,
                ..base
            },
        });
    }
    charts
}
