use super::*;

/// Reads a table written as lines of fields with commas.
fn read(text: &str) -> Result<(Table, Mended), BadTable> {
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    Table::read(&header, lines)
}

fn table(text: &str) -> Result<Table, BadTable> {
    read(text).map(|(table, _)| table)
}

fn slices(finding: &Finding) -> Vec<String> {
    let name = |cause: &Cause| cause.slice.iter().map(|(dimension, value)| format!("{dimension}={value}")).collect::<Vec<_>>().join(" ");
    finding.causes.iter().map(name).collect()
}

/// Four links, six merchants, two channels; 2 % of failures in the history and, but for `failed`, now.
fn payments(total: u64, failed: impl Fn(u64, u64, u64) -> Option<u64>) -> Table {
    let mut text = "link,merchant,channel,total,failed,hist_total,hist_failed".to_owned();
    for (link, merchant, channel) in (0..4).flat_map(|l| (0..6).flat_map(move |m| (0..2).map(move |c| (l, m, c)))) {
        let now = failed(link, merchant, channel).unwrap_or(total / 50);
        text += &format!("\nL{link},M{merchant},C{channel},{total},{now},{},{}", total * 28, total * 28 / 50);
    }
    table(&text).unwrap()
}

#[test]
fn a_merchant_on_a_link_is_named_and_no_wider_or_narrower() {
    let found = find(&payments(1_000, |l, m, _| (l == 3 && m == 5).then_some(400)));
    assert_eq!((found.verdict, slices(&found)), (Verdict::Slices, vec!["link=L3 merchant=M5".to_owned()]));
    let cause = &found.causes[0];
    assert!(
        (cause.observed - 800.0).abs() < 1e-9 && (cause.expected - 40.0).abs() < 1.0 && (cause.total - 2_000.0).abs() < 1e-9,
        "{cause:?}"
    );
    assert!((cause.share_of_excess - 1.0).abs() < 0.01, "{cause:?}");
}

#[test]
fn a_whole_link_is_not_taken_apart() {
    let found = find(&payments(1_000, |l, m, c| (l == 1).then_some(200 + 10 * m + c)));
    assert_eq!(slices(&found), ["link=L1"]);
}

/// A link fails; of its other channel so few have come yet that their success tells nothing.
#[test]
fn a_handful_that_went_well_does_not_narrow_a_slice() {
    let first = |others: u64| {
        let mut text = "link,channel,total,failed,hist_total,hist_failed".to_owned();
        for (link, channel, total, failed) in [
            ("L0", "app", 19, 11),
            ("L0", "web", others, 0),
            ("L1", "app", 40, 1),
            ("L1", "web", 30, 0),
            ("L2", "app", 40, 0),
            ("L2", "web", 30, 1),
        ] {
            text += &format!("\n{link},{channel},{total},{failed},2000,40");
        }
        slices(&find(&table(&text).unwrap()))
    };
    assert_eq!(first(3), ["link=L0"]);
    assert_eq!(first(12), ["link=L0 channel=app"]);
}

/// What fails a tenth as often beside a slice is not of it; what fails nearly as often is, though it is far from usual there, too.
#[test]
fn a_slice_is_as_wide_as_what_fails_alike() {
    let of = |beside: u64| {
        let mut text = "link,channel,total,failed,hist_total,hist_failed".to_owned();
        for (link, channel, total, failed) in [
            ("L0", "app", 5_000, 1_250),
            ("L0", "web", 4_000, beside),
            ("L1", "app", 9_000, 90),
            ("L1", "web", 9_000, 90),
            ("L2", "web", 9_000, 90),
        ] {
            text += &format!("\n{link},{channel},{total},{failed},90000,900");
        }
        slices(&find(&table(&text).unwrap()))
    };
    assert_eq!(of(100), ["link=L0 channel=app"]);
    assert_eq!(of(800), ["link=L0"]);
}

#[test]
fn two_causes_at_once_are_both_named() {
    let found = find(&payments(1_000, |l, m, c| match (l, m, c) {
        (0, _, 1) => Some(300),
        (_, 4, _) => Some(250),
        _ => None,
    }));
    let mut said = slices(&found);
    said.sort();
    assert_eq!(said, ["link=L0 channel=C1", "merchant=M4"]);
}

#[test]
fn what_is_everywhere_is_no_slice() {
    assert_eq!(find(&payments(1_000, |_, _, _| Some(90))), Finding { verdict: Verdict::Global, causes: Vec::new() });
    assert_eq!(find(&payments(1_000, |_, _, _| None)).verdict, Verdict::None);
    assert_eq!(find(&payments(1_000, |_, _, _| Some(0))).verdict, Verdict::None);
}

#[test]
fn too_little_traffic_is_said() {
    assert_eq!(find(&table("a,total,failed,hist_total,hist_failed\nx,3,0,90,1\ny,2,0,70,0").unwrap()).verdict, Verdict::TooLittle);
    assert_eq!(find(&table("a,total,failed,hist_total,hist_failed").unwrap()).verdict, Verdict::TooLittle);
    assert_eq!(find(&table("a,real,predict\nx,0,0").unwrap()).verdict, Verdict::TooLittle);
}

/// Twelve regions, ten merchants, eight channels; `scale` of the forecast is left.
fn volume(scale: impl Fn(u64, u64, u64) -> f64) -> Table {
    let mut text = "region,merchant,channel,real,predict".to_owned();
    let mut noise = 1_u64;
    for (r, m, c) in (0..12).flat_map(|r| (0..10).flat_map(move |m| (0..8).map(move |c| (r, m, c)))) {
        noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (predict, wobble) = (1_000 + 37 * r + 11 * m * c, (noise >> 40) % 41);
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let real = predict as f64 * scale(r, m, c) * (0.98 + wobble as f64 / 1_000.0);
        text += &format!("\nR{r},M{m},C{c},{real},{predict}");
    }
    table(&text).unwrap()
}

#[test]
fn a_measure_that_falls_or_rises_names_its_slices() {
    let fell = find(&volume(|r, m, _| {
        if r == 3 {
            0.5
        } else if r == 7 && m == 2 {
            0.2
        } else {
            1.0
        }
    }));
    assert_eq!((fell.verdict, slices(&fell)), (Verdict::Slices, vec!["region=R3".to_owned(), "region=R7 merchant=M2".to_owned()]));
    assert!(fell.causes[0].share_of_excess > 0.7 && fell.causes[0].observed < fell.causes[0].expected);
    let rose = find(&volume(|_, m, c| if m == 9 && c == 1 { 2.5 } else { 1.0 }));
    assert_eq!(slices(&rose), ["merchant=M9 channel=C1"]);
    assert!(rose.causes[0].share_of_excess > 0.9);
    assert_eq!(find(&volume(|_, _, _| 1.0)).verdict, Verdict::None);
    for left in [0.0, 0.6, 0.8, 0.9, 0.97, 1.15, 1.6] {
        assert_eq!(find(&volume(|_, _, _| left)), Finding { verdict: Verdict::Global, causes: Vec::new() }, "{left}");
    }
}

/// A little less of everything hides no slice that fell, and is no fall of everything where single leaves scatter more.
#[test]
fn a_drift_of_everything_is_no_fall_of_everything() {
    assert_eq!(find(&volume(|_, _, _| 0.99)).verdict, Verdict::None);
    assert_eq!(slices(&find(&volume(|r, _, _| if r == 3 { 0.4 } else { 0.99 }))), ["region=R3"]);
    assert_eq!(slices(&find(&volume(|r, _, _| if r < 7 { 0.5 } else { 1.0 }))).len(), 7);
}

#[test]
fn figures_are_found_by_their_names() {
    assert_eq!(Table::figures(&["link", " real", "predict"]), [1, 2]);
    assert_eq!(Table::figures(&["\u{feff}total", "real", "failed", "hist_failed", "hist_total", "predict"]), [0, 2, 4, 3]);
    assert_eq!(Table::figures(&["link", "total", "failed"]), [0; 0]);
}

#[test]
fn rows_of_the_same_values_are_one_leaf() {
    let twice = table("a,real,predict\nx,1,2\ny,5,5\nx,3,4").unwrap();
    assert_eq!(twice.leaves(), 2);
    assert_eq!(twice.observed, Observed::Measure(Measure { real: vec![4.0, 5.0], predict: vec![6.0, 5.0] }));
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let said = |text: &str| table(text).unwrap_err().to_string();
    assert_eq!(said("a,b\nx,1"), "the header has neither the columns total,failed,hist_total,hist_failed nor real,predict; it has: a,b");
    assert_eq!(said("a,a,real,predict"), "the header names \"a\" twice");
    assert_eq!(said("real,predict\n1,1"), "the header names 0 dimensions, expected 1 to 12");
    assert_eq!(said("a,real,predict\nx,1,1\ny,1"), "line 3: 2 fields, expected 3");
    assert_eq!(said("a,total,failed,hist_total,hist_failed\nx,1,-1,1,1"), "line 2, column failed: \"-1\", expected a number, 0 or more");
    assert_eq!(said("a,real,predict\nx,1 kg,1"), "line 2, column real: \"1 kg\", expected a number");
}

#[test]
fn a_single_cell_spoils_no_table() {
    let (counted, mended) = read("a,total,failed,hist_total,hist_failed\nx,2,3,1,1\ny,5,,10,1\nz,4,NaN,1,2\nz,,1,,").unwrap();
    let [total, failed] = [vec![2.0, 5.0, 4.0], vec![2.0, 0.0, 0.0]];
    let counts = Counts { total, failed, hist_total: vec![1.0, 10.0, 1.0], hist_failed: vec![1.0, 1.0, 1.0] };
    assert_eq!(counted.observed, Observed::Counts(counts));
    let missing = "numbers that are missing, and count as 0: 5, the first in line 3";
    assert_eq!(mended.warnings(), [missing, "more failures than transactions, of which all count as failed: 3, the first in line 2"]);
    let (measured, mended) = read("a,real,predict\nx, ,2\ny,1,nan").unwrap();
    assert_eq!(measured.observed, Observed::Measure(Measure { real: vec![0.0, 1.0], predict: vec![2.0, 0.0] }));
    assert_eq!(mended.warnings(), ["numbers that are missing, and count as 0: 2, the first in line 2"]);
    assert_eq!(read("a,real,predict\nx,1,2").unwrap().1, Mended::default());
}

/// Two thousand merchants on three links in two channels, most of which sell a few times; what link 1 still sells.
fn sales(left: f64, apart: Option<u32>) -> Table {
    let mut text = "link,merchant,channel,real,predict".to_owned();
    let mut dice = 1_u64;
    for (link, merchant, channel) in (0..3).flat_map(|l| (0..2_000_u32).flat_map(move |m| (0..2).map(move |c| (l, m, c)))) {
        let usual = 3_000.0 / f64::from(merchant + 1) + 0.3;
        let mean = usual * if link == 1 { left } else { 1.0 } * if Some(merchant) == apart { 0.1 } else { 1.0 };
        let mut unit = || {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            f64::from(u32::try_from(dice >> 32).unwrap()) / f64::from(u32::MAX)
        };
        // As many as a Poisson process makes; of many, twelve uniform numbers make a nearly normal one.
        let sold = if mean > 30.0 {
            let normal = (0..12).map(|_| unit()).sum::<f64>() - 6.0;
            (mean + mean.sqrt() * normal).round()
        } else {
            let (limit, mut product, mut sold) = ((-mean).exp(), unit(), 0.0);
            while product > limit {
                product *= unit();
                sold += 1.0;
            }
            sold
        };
        text += &format!("\nL{link},M{merchant},C{channel},{sold},{usual}");
    }
    table(&text).unwrap()
}

#[test]
fn what_is_counted_in_ones_falls_together_or_not_at_all() {
    assert_eq!(find(&sales(1.0, None)), Finding { verdict: Verdict::None, causes: Vec::new() });
    assert_eq!(slices(&find(&sales(0.6, None))), ["link=L1"]);
    let both = slices(&find(&sales(0.6, Some(3))));
    assert!(both.contains(&"link=L1".to_owned()) && both.iter().any(|slice| slice.contains("merchant=M3")), "{both:?}");
}

#[test]
fn a_single_leaf_that_stands_apart_is_named_and_what_is_paid_back_may_be_negative() {
    let mut text = "link,merchant,real,predict".to_owned();
    for (link, merchant) in (0..20).flat_map(|l| (0..30).map(move |m| (l, m))) {
        let noise = 1.0 + 0.01 * f64::from((link * 7 + merchant * 13) % 11 - 5);
        let real = match (link, merchant) {
            (4, 17) => 12.0,
            (0, 0) => -100.0 * noise,
            _ => 100.0 * noise,
        };
        text += &format!("\nL{link},M{merchant},{real},{}", if (link, merchant) == (0, 0) { -100.0 } else { 100.0 });
    }
    assert_eq!(slices(&find(&table(&text).unwrap())), ["link=L4 merchant=M17"]);
}

/// What saves a table with its index puts a number before each row.
#[test]
fn a_number_of_the_row_is_no_dimension() {
    let rows = |name: &str| {
        (0..3).map(|at| format!("\n{},L{at},5,6", [34, 7, 0][at])).fold(format!("{name},link,real,predict"), |all, row| all + &row)
    };
    for name in ["", "index", "Unnamed: 0"] {
        assert_eq!(table(&rows(name)).unwrap().dimensions, ["link"], "{name:?}");
    }
    assert_eq!(table(&rows("shop")).unwrap().dimensions, ["shop", "link"]);
    assert_eq!(table(&(rows("") + "\n7,L9,5,6")).unwrap().dimensions, ["", "link"], "a number that comes again is a value");
    assert_eq!(table("index,real,predict\n1,5,6\n2,6,7").unwrap().dimensions, ["index"], "there is no other");
}

#[test]
fn figures_however_large_have_sums() {
    let of = |size: f64| {
        let row =
            |(link, merchant): (u32, u32)| format!("\nL{link},M{merchant},{:e},{size:e}", if link == 1 { size * 0.4 } else { size * 0.99 });
        let rows = (0..4).flat_map(|link| (0..8).map(move |merchant| (link, merchant))).map(row);
        find(&table(&rows.fold("link,merchant,real,predict".to_owned(), |all, row| all + &row)).unwrap())
    };
    for size in [1e60, 1e100, 1.2e308] {
        let found = of(size);
        assert_eq!((found.verdict, slices(&found)), (Verdict::Slices, vec!["link=L1".to_owned()]), "{size}");
        let cause = &found.causes[0];
        assert!(
            (cause.total / (8.0 * size).min(f64::MAX) - 1.0).abs() < 1e-9 && cause.observed.is_finite() && cause.score.is_finite(),
            "{cause:?}"
        );
    }
    // Of failures, and of rows of the same values.
    let rows = "link,total,failed,hist_total,hist_failed\nA,1e308,9e307,1e308,1e306\nA,1e308,9e307,1e308,1e306\nB,1e308,1e306,1e308,1e306";
    let found = find(&table(&(rows.to_owned() + "\nC,1e308,1e306,1e308,1e306")).unwrap());
    assert_eq!(slices(&found), ["link=A"]);
    assert!(found.causes[0].observed.is_finite() && found.causes[0].expected.is_finite() && found.causes[0].total.is_finite(), "{found:?}");
}
