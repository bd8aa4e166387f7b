use super::*;

fn rows(text: &str) -> Vec<Vec<String>> {
    text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

fn only(text: &str) -> Series {
    let mut all = read(&rows(text), None, &[]).unwrap();
    assert_eq!(all.len(), 1, "{text}");
    all.remove(0)
}

fn moment(text: &str) -> Option<i64> {
    Manner::default().moment(text)
}

#[test]
fn every_shape_is_known() {
    for (text, stamps, values) in [
        ("1\n2\n\n3.5", 0, vec![1.0, 2.0, 3.5]),
        ("value\n1\n2", 0, vec![1.0, 2.0]),
        ("timestamp,value\n2014-04-01 00:00:00,20.0\n2014-04-01 00:05:00,21", 2, vec![20.0, 21.0]),
        ("2014-04-01T00:00:00Z,5\n2014-04-01T00:05:00Z,6", 2, vec![5.0, 6.0]),
        ("0,7\n1,9\n2,8", 3, vec![7.0, 9.0, 8.0]),
        // Values with the truth beside them: the truth is not looked at.
        ("3.5,0\n2.5,0\n4.5,1", 0, vec![3.5, 2.5, 4.5]),
        ("0,3.5\n0,2.5\n1,4.5", 0, vec![3.5, 2.5, 4.5]),
        ("date,weekend,amount\n2026-01-01,0,5\n2026-01-02,0,6\n2026-01-03,1,7", 3, vec![5.0, 6.0, 7.0]),
        ("date,up\n2026-01-01,0\n2026-01-02,0\n2026-01-03,1", 3, vec![0.0, 0.0, 1.0]),
        ("timestamp,label,value\n1460000000,0,4\n1460000060,1,5", 2, vec![4.0, 5.0]),
        ("4/1/2014 0:00,1\n4/1/2014 0:05,2\n4/1/2014 0:10,4", 3, vec![1.0, 2.0, 4.0]),
    ] {
        let one = only(text);
        assert_eq!((one.stamps.len(), one.values), (stamps, values), "{text}");
    }
    let gaps = only("ts,y\n2014-04-01,1\n2014-04-02,NaN\n2014-04-03,\n2014-04-04,4");
    assert!(gaps.values[1].is_nan() && gaps.values[2].is_nan() && gaps.values[3] == 4.0);
}

#[test]
fn many_series_in_one_file() {
    let wide = read(&rows("\"V1\",\"V2\",\"V3\",\"V4\",\"V5\"\n\"H1\",1,2,3,\n\"H2\",4,5,6,7"), None, &[]).unwrap();
    assert_eq!(wide.iter().map(|one| (one.name.as_str(), one.values.len())).collect::<Vec<_>>(), [("H1", 3), ("H2", 4)]);
    let bare = read(&rows("H1,1,2,3,4\nH2,4,5,6,7"), None, &[]).unwrap();
    assert_eq!((bare[0].values.clone(), bare.len()), (vec![1.0, 2.0, 3.0, 4.0], 2));
    let alone = read(&rows("H1,605,586,,559"), None, &[]).unwrap();
    assert_eq!((alone[0].name.as_str(), alone.len(), alone[0].values.len(), alone[0].values[3]), ("H1", 1, 4, 559.0));
    let long = read(&rows("unique_id,ds,y\nA,2020-01-01,1\nB,2020-01-01,2\nA,2020-01-02,3"), None, &[]).unwrap();
    assert_eq!((long[0].name.as_str(), long[0].values.clone(), long[1].values.clone()), ("A", vec![1.0, 3.0], vec![2.0]));
}

#[test]
fn an_id_may_stand_anywhere() {
    let of = |text: &str| read(&rows(text), None, &[]).unwrap().into_iter().map(|one| (one.name, one.values)).collect::<Vec<_>>();
    let two = |a: &str, b: &str| vec![(a.to_owned(), vec![1.0, 2.0]), (b.to_owned(), vec![8.0, 9.0])];
    // By its name, also where the times of two never meet, and some ids read as numbers.
    let kpis = "timestamp,value,label,KPI ID\n1460000000,1,0,02e99bd4\n1460000060,2,0,02e99bd4\n1470000000,8,0,77\n1470000060,9,1,77";
    assert_eq!(of(kpis), two("02e99bd4", "77"));
    assert_eq!(of("item_id,timestamp,target\n1,2020-01-01,1\n1,2020-01-02,2\n2,2020-01-01,8\n2,2020-01-02,9"), two("1", "2"));
    // By what it does.
    assert_eq!(of("ts,cpu,host\n2020-01-01,1,web a\n2020-01-01,8,web b\n2020-01-02,2,web a\n2020-01-02,9,web b"), two("web a", "web b"));
    assert_eq!(of("2020-01-01,a,1\n2020-01-01,b,8\n2020-01-02,a,2\n2020-01-02,b,9"), two("a", "b"));
    // The number of a row, words beside times that never come again, and words for what is to be found out are none.
    let one = vec![(String::new(), vec![1.0, 2.0, 8.0, 9.0])];
    assert_eq!(of("id,time,value\n1,2020-01-01,1\n2,2020-01-02,2\n3,2020-01-03,8\n4,2020-01-04,9"), one);
    assert_eq!(of("time,value,who\n2020-01-01,1,a\n2020-01-02,2,b\n2020-01-03,8,a\n2020-01-04,9,b"), one);
    assert_eq!(of("time,value,label\n2020-01-01,1,good\n2020-01-01,2,bad\n2020-01-02,8,good\n2020-01-02,9,bad"), one);
    let events = "time,id,value\n1,7,1\n2,9,2\n3,7,8\n4,9,9\n5,7,8\n6,9,9";
    assert_eq!(of(events), vec![(String::new(), vec![1.0, 2.0, 8.0, 9.0, 8.0, 9.0])]);
    // Nor is the only column of values.
    for header in ["t,series", "ds,unique_id", "timestamp,id"] {
        assert_eq!(of(&format!("{header}\n1,1\n2,2\n3,8\n4,9")), one, "{header}");
    }
    assert_eq!(of("time,value,what\n2020-01-01,1,a\n2020-01-01,2,b\n2020-01-02,8,c\n2020-01-02,9,d"), one);
}

#[test]
fn two_columns_may_tell_series_apart() {
    let of = |text: &str, apart: &str| {
        let apart: Vec<String> = apart.split_terminator(',').map(str::to_owned).collect();
        read(&rows(text), None, &apart).map(|all| all.into_iter().map(|one| (one.name, one.values)).collect::<Vec<_>>())
    };
    let cells = |head: &str, row: &dyn Fn(&str, &str, &str, u32) -> String| {
        let mut text = head.to_owned();
        for (day, of_day) in [("2020-01-01", 0), ("2020-01-02", 1), ("2020-01-03", 2)] {
            for (link, channel, more) in [("L1", "web", 10), ("L1", "app", 20), ("L2", "web", 30), ("L2", "app", 40)] {
                text += &format!("\n{}", row(day, link, channel, more + of_day));
            }
        }
        text
    };
    let four = [("L1", "web", 10.0), ("L1", "app", 20.0), ("L2", "web", 30.0), ("L2", "app", 40.0)];
    let four = four.map(|(link, channel, first)| (format!("{link} / {channel}"), vec![first, first + 1.0, first + 2.0])).to_vec();
    // Behind the time, before it, with words beside that tell nothing, and where one is called an id.
    for text in [
        cells("ts,link,channel,value", &|day, link, channel, n| format!("{day},{link},{channel},{n}")),
        cells("ts,note,link,value,channel", &|day, link, channel, n| format!("{day},fine,{link},{n},{channel}")),
        cells("link,channel,ts,value", &|day, link, channel, n| format!("{link},{channel},{day},{n}")),
        cells("ts,value,channel,series", &|day, link, channel, n| format!("{day},{n},{channel},{link}")),
        cells("", &|day, link, channel, n| format!("{link},{day},{n},{channel}")),
    ] {
        assert_eq!(of(text.trim_start(), "").as_ref(), Ok(&four), "{text}");
    }
    // As asked for, also of numbers, in that order, and of more than two.
    let numbers = cells("date,store,item,sales", &|day, link, channel, n| format!("{day},{},{},{n}", &link[1..], channel.len()));
    assert!(of(&numbers, "").is_err());
    let names = |text: &str, apart: &str| of(text, apart).unwrap().into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(names(&cells("ts,a,b,value", &|day, link, _, n| format!("{day},{link},x,{n}")), "B, a"), ["x / L1", "x / L2"]);
    assert_eq!(names(&numbers, "store,Item").len(), 2, "web and app are as long");
    assert_eq!(names(&numbers, "3,2"), ["3 / 1", "3 / 2"]);
    let three = cells("ts,a,b,c,value", &|day, link, channel, n| format!("{day},{link},{channel},{},{n}", n % 2));
    assert_eq!(names(&three, "a,b,c").len(), 8);
    assert_eq!(of(&numbers, "store,shop"), Err(BadSeries::NoSeries("shop".into(), "date, store, item, sales".into())));
    // Where one is enough it stays one, and where two are too little nothing is parted.
    assert_eq!(names("ts,a,b,value\n1,x,p,5\n1,y,p,6\n2,x,q,5\n2,y,q,6\n3,x,p,5\n3,y,p,6", ""), ["x", "y"]);
    assert_eq!(names("ts,a,b,value\n1,x,p,5\n1,x,p,6\n2,x,q,5\n2,x,q,6", ""), [""]);
}

#[test]
fn a_line_of_numbers_is_a_series_and_blanks_may_part() {
    let values = vec![4.1, 4.2, 4.3, 4.4];
    for text in ["4.1,4.2,4.3,4.4", "   4.1000000e+00   4.2e+00  4.3 4.4 ", "\u{feff}4.1 4.2 4.3 4.4\n\n"] {
        let one = only(text);
        assert_eq!((one.name.as_str(), one.stamps.len(), one.values), ("", 0, values.clone()), "{text}");
    }
    let of = |text: &str| (only(text).stamps, only(text).values);
    let two = |a: &str, b: &str| (vec![a.to_owned(), b.to_owned()], vec![5.0, 6.0]);
    assert_eq!(of("timestamp value\n1 5\n2 6"), two("1", "2"));
    assert_eq!(of("2014-04-01T00:00:00Z  5\n2014-04-01T00:05:00Z  6"), two("2014-04-01T00:00:00Z", "2014-04-01T00:05:00Z"));
    let wide = read(&rows("H1 1 2 3\nH2 4 5 6 7"), None, &[]).unwrap();
    assert_eq!(wide.iter().map(|one| (one.name.as_str(), one.values.len())).collect::<Vec<_>>(), [("H1", 3), ("H2", 4)]);
    // A header of several words, and times of several parts, are what they were.
    assert_eq!(only("Requests per second\n5\n6").values, [5.0, 6.0]);
    assert!(matches!(read(&rows("2014-04-01 00:00:00 5\n2014-04-01 00:05:00 6"), None, &[]), Err(BadSeries::NoValues(_))));
    assert!(matches!(read(&rows("a few words\n1 5\n2 6"), None, &[]), Err(BadSeries::NoValues(_))));
    assert!(matches!(read(&rows("1400000000,5,6,7"), None, &[]), Err(BadSeries::Several(_))), "a row with its time");
}

#[test]
fn what_is_no_series_says_so() {
    assert_eq!(read(&[], None, &[]), Err(BadSeries::Empty));
    for header in ["timestamp,value", "V1,V2,V3,V4,", "unique_id,ds,y"] {
        assert_eq!(read(&rows(header), None, &[]), Err(BadSeries::Empty), "{header}");
    }
    assert!(matches!(read(&rows("a,b\nx,y\nz,u"), None, &[]), Err(BadSeries::NoValues(_))));
    assert!(matches!(read(&rows("t,value\n2014-04-01,\n2014-04-02,NA"), None, &[]), Err(BadSeries::NoValues(_))));
    assert!(matches!(read(&rows("k\nx~y\n}\nq,5\nw"), None, &[]), Err(BadSeries::NoValues(_))), "a number by chance is no series");
}

#[test]
fn holes_between_times_are_missing_values() {
    let one =
        only("t,value\n2014-04-01 00:00:00,1\n2014-04-01 01:00:00,2\n2014-04-01 02:00:00,3\n2014-04-01 05:00:00,6\n2014-04-01 06:00:00,7");
    assert_eq!(one.step_ms(), Some(3_600_000));
    let even = one.even();
    assert_eq!((even.len(), even[3].is_nan(), even[5]), (7, true, 6.0));
}

#[test]
fn months_quarters_and_years_are_even_steps() {
    let series = |months: &[i16]| {
        let date = |month: &i16| format!("{:04}-{:02}-01", 2010 + month / 12, 1 + month % 12);
        let rows = months.iter().map(|month| format!("{},{month}", date(month)));
        only(&format!("ds,y\n{}", rows.collect::<Vec<_>>().join("\n")))
    };
    for (step, count) in [(1, 144), (3, 60), (12, 20)] {
        let all: Vec<i16> = (0..count).map(|at| at * step).collect();
        let wanted: Vec<f64> = all.iter().map(|month| f64::from(*month)).collect();
        assert_eq!(series(&all).even(), wanted, "{step}");
        // A row that is missing is one gap.
        let (before, after) = all.split_at(7);
        let holed = series(&[before, &after[1..]].concat());
        let even = holed.even();
        assert!(even.len() == wanted.len() && even[7].is_nan() && even[8..] == wanted[8..], "{step}: {even:?}");
        assert_eq!(holed.holes().iter().enumerate().filter(|(_, hole)| **hole > 0).collect::<Vec<_>>(), [(7, &1)], "{step}");
    }
    // The ends of months, and steps of four weeks, which are none.
    let ends = only("ds,y\n2020-01-31,1\n2020-02-29,2\n2020-03-31,3\n2020-04-30,4\n2020-06-30,6");
    assert!(ends.even()[4].is_nan() && ends.even().len() == 6);
    let day = |at: i64| jiff::civil::date(2020, 1, 1).saturating_add(jiff::Span::new().days(28 * at));
    let weeks: Vec<String> = (0..40).map(|at| format!("{},{at}", day(at))).collect();
    assert_eq!(only(&format!("ds,y\n{}", weeks.join("\n"))).even(), (0..40).map(f64::from).collect::<Vec<_>>());
}

#[test]
fn holes_are_told_where_steps_are_even() {
    let at = |minutes: &[u32]| {
        let rows = minutes.iter().map(|minute| format!("2014-04-01 {:02}:{:02}:00,1", minute / 60, minute % 60));
        only(&format!("t,value\n{}", rows.collect::<Vec<_>>().join("\n"))).holes()
    };
    let mut minutes: Vec<u32> = (0..60).map(|at| at * 5).collect();
    assert_eq!(at(&minutes), [0; 60]);
    minutes.drain(10..13);
    let holes = at(&minutes);
    assert_eq!((holes.len(), holes[10], holes.iter().sum::<usize>()), (57, 3, 3));
    assert_eq!(at(&[0, 1, 2, 9, 10, 31, 33, 60, 64, 65]), [0; 0], "no even steps");
    assert_eq!(only("1\n2\n3").holes(), [0; 0], "no times");
}

#[test]
fn of_several_columns_one_is_asked_for() {
    let table = "time,paid,refused\n2014-04-01 00:00:00,5,9\n2014-04-01 01:00:00,6,8\n2014-04-01 02:00:00,7,8";
    assert_eq!(read(&rows(table), None, &[]), Err(BadSeries::Several("paid, refused".into())));
    assert_eq!(read(&rows(table), Some("Refused"), &[]).unwrap()[0].values, [9.0, 8.0, 8.0]);
    assert_eq!(read(&rows(table), Some("2"), &[]).unwrap()[0].values, [5.0, 6.0, 7.0]);
    for none in ["nope", "0", "4", "time"] {
        assert_eq!(read(&rows(table), Some(none), &[]), Err(BadSeries::NoColumn(none.into(), "paid, refused".into())));
    }
}

#[test]
fn rows_out_of_order_are_put_in_order_or_named() {
    let table = "t,value\n2014-04-01 02:00:00,3\n2014-04-01 00:00:00,1\n2014-04-01 01:00:00,2";
    let (one, sorted) = only(table).in_order().unwrap();
    assert_eq!((one.values, one.stamps[0].as_str(), sorted), (vec![1.0, 2.0, 3.0], "2014-04-01 00:00:00", true));
    let fine = only("t,value\n2014-04-01,1\n2014-04-02,2\n2014-04-03,3");
    assert_eq!((fine.order(), fine.clone().in_order()), (Ok(None), Ok((fine, false))));
    assert_eq!(only(table).order(), Ok(Some(vec![1, 2, 0])));
    assert_eq!(only(&format!("{table}\nsoon,4")).in_order(), Err(BadSeries::Order(4, "soon".into())));
}

#[test]
fn whatever_tells_the_order_of_rows_is_taken() {
    let backward = |header: &str, stamp: &dyn Fn(u32) -> String| {
        let rows: Vec<String> = (0..20).rev().map(|at| format!("{},{at}", stamp(at))).collect();
        only(&format!("{header}\n{}", rows.join("\n"))).in_order().unwrap()
    };
    let forward: Vec<f64> = (0..20).map(f64::from).collect();
    let clock = |at: u32| (if at.is_multiple_of(12) { 12 } else { at % 12 }, if at < 12 { "AM" } else { "PM" });
    let stamps: [&dyn Fn(u32) -> String; 8] = [
        &|at| (at * at).to_string(),
        &|at| format!("{:.1}", f64::from(at) / 10.0),
        &|at| format!("{}.0", 1_400_000_000 + at * 60),
        &|at| format!("1.4000{at:02}e+09"),
        &|at| format!("2014-04-01 {at:02}:00:00 UTC"),
        &|at| format!("4/1/2014 {}:00:00 {}", clock(at).0, clock(at).1),
        &|at| format!("2014-04-01 {:02}:30{}", clock(at).0, clock(at).1.to_lowercase()),
        &|at| format!("2014-4-1 {at}:00"),
    ];
    for stamp in stamps {
        let (one, sorted) = backward("timestamp,value", stamp);
        assert_eq!((one.values, sorted), (forward.clone(), true), "{}", stamp(3));
    }
    // Rows in order stay, and so do those of the same hours day after day, and of what is no time.
    for stamps in [["1", "2", "3", "9"], ["22", "23", "0", "0"], ["9.5", "3.25", "7.5", "1.25"], ["mon", "sun", "fri", "tue"]] {
        let rows: Vec<String> = stamps.iter().map(|stamp| format!("{stamp},5")).collect();
        let one = only(&format!("t,value\n{}", rows.join("\n")));
        assert_eq!((one.stamps.len(), one.order()), (4, Ok(None)), "{stamps:?}");
        assert_eq!(one.untold(), stamps[0] != "1", "{stamps:?}");
    }
    assert!(!only("1\n2\n3").untold(), "no times");
    assert_eq!(only("t,value\n2,5\n1,6\n3,8\n,7").order(), Err(BadSeries::Order(4, String::new())));
    let long = read(&rows("unique_id,ds,y\nA,3,3\nB,9,9\nA,1,1\nB,7,7\nA,2,2\nB,8,8"), None, &[]).unwrap();
    assert_eq!(long[0].clone().in_order().unwrap().0.values, [1.0, 2.0, 3.0]);
}

#[test]
fn what_turns_over_is_no_order_of_rows() {
    let of = |stamps: Vec<u32>| {
        let rows: Vec<String> = stamps.iter().enumerate().map(|(at, stamp)| format!("{stamp},{at}")).collect();
        let one = only(&format!("time,value\n{}", rows.join("\n")));
        (one.order(), one.untold())
    };
    let days = || (1..=12_u32).flat_map(|month| (1..=28_u32).map(move |day| (day, month)));
    for stamps in [
        (8..24).chain(0..8).collect::<Vec<u32>>(),
        (20..24).chain(0..7).collect(),
        (15..32).chain(1..15).collect(),
        (65_000..65_536).chain(0..500).collect(),
        days().map(|(day, month)| day * 1_000_000 + month * 10_000 + 2_014).collect(),
        days().rev().map(|(day, month)| day * 1_000_000 + month * 10_000 + 2_014).collect(),
        (1..32).map(|day| 12_002_014 + day * 10_000).chain((1..32).map(|day| 1_002_015 + day * 10_000)).collect(),
    ] {
        assert_eq!(of(stamps.clone()), (Ok(None), true), "{stamps:?}");
    }
    // Rows that came late, the newest first, and files put together are in another order.
    for stamps in [
        (0..40).chain([41, 40]).chain(42..80).collect::<Vec<u32>>(),
        (0..40).rev().collect(),
        (50..60).chain(20..50).chain(0..20).chain(60..90).collect(),
        (20_140_101..20_140_131).rev().collect(),
    ] {
        assert!(matches!(of(stamps.clone()), (Ok(Some(_)), false)), "{stamps:?}");
    }
}

#[test]
fn times_of_twelve_hours_and_with_words_read() {
    for (text, hour) in
        [("4/1/2014 12:05 AM", 0), ("4/1/2014 12:05:00 pm", 12), ("2014-04-01 01:05 PM", 13), ("2014-04-01 23:05:00 UTC", 23)]
    {
        assert_eq!(moment(text), Some(1_396_310_400_000 + (hour * 60 + 5) * 60_000), "{text}");
    }
    assert_eq!(moment("1400000000.25"), Some(1_400_000_000_250));
    for none in ["4/1/2014 13:05 PM", "2014.5", "1e300", "12-30-2014", "555-12-10", "some PM", "PM"] {
        assert_eq!(moment(none), None, "{none}");
    }
}

#[test]
fn a_column_of_epochs_has_one_unit() {
    let of = |stamps: &[String]| {
        let rows: Vec<String> = stamps.iter().enumerate().map(|(at, stamp)| format!("{stamp},{at}")).collect();
        only(&format!("timestamp,value\n{}", rows.join("\n")))
    };
    let every_minute = |unit: i64, first: i64| (0..60).map(|at| ((first + at * 60) * unit).to_string()).collect::<Vec<_>>();
    for unit in [1, 1_000, 1_000_000, 1_000_000_000] {
        let one = of(&every_minute(unit, 1_400_000_000));
        assert_eq!((one.moments()[1], one.step_ms(), one.holes()), (Some(1_400_000_060_000), Some(60_000), vec![0; 60]), "{unit}");
    }
    for unit in ["000.5", "000000.0", "000000000.0"] {
        let stamps: Vec<String> = (0..60).map(|at| format!("{}{unit}", 1_400_000_000 + at * 60)).collect();
        assert_eq!(of(&stamps).step_ms(), Some(60_000), "{unit}");
    }
    // Those in milliseconds before March 1973 would be seconds by themselves.
    let early = of(&every_minute(1_000, 99_998_260));
    assert_eq!((early.order(), early.step_ms(), early.moments()[0]), (Ok(None), Some(60_000), Some(99_998_260_000)));
    // Steps that are shorter than what times are told in.
    for (unit, step) in [(1_000_000_i64, 50), (1_000_000_000, 50_000)] {
        let short: Vec<String> = (0..60).map(|at| (1_400_000_000 * unit + at * step).to_string()).collect();
        let one = of(&short);
        assert!(one.order() == Ok(None) && one.even() == (0..60).map(f64::from).collect::<Vec<_>>(), "{unit} {:?}", one.step_ms());
    }
}

#[test]
fn where_epochs_have_several_units_each_tells_its_own() {
    let hourly = |in_millis: &dyn Fn(i64) -> bool| {
        let stamp = |at: i64| (1_735_689_600 + at * 3_600) * if in_millis(at) { 1_000 } else { 1 };
        only(&(0..60).fold("timestamp,value".to_owned(), |text, at| format!("{text}\n{},{at}", stamp(at))))
    };
    for one in [hourly(&|at| at == 20), hourly(&|at| at < 24), hourly(&|at| at >= 24)] {
        assert_eq!((one.order(), one.step_ms(), one.moments()[20]), (Ok(None), Some(3_600_000), Some(1_735_761_600_000)));
    }
    assert_eq!(only("1.5e20,1.6e20,1.7e20,1.8e20").values, [1.5e20, 1.6e20, 1.7e20, 1.8e20]);
}

#[test]
fn two_columns_tell_series_apart_beside_others_that_do_not() {
    let line = |at: usize| {
        let (minute, site, kind) = (at / 4, ["A", "B"][at % 2], ["in", "out"][at / 2 % 2]);
        format!("\n2026-05-01 00:{minute:02},msec,n{at}th,{site},{kind},{at}")
    };
    let text = (0..80).fold("ts,unit,note,site,kind,value".to_owned(), |text, at| text + &line(at));
    let all = read(&rows(&text), None, &[]).unwrap();
    assert_eq!(all.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["A / in", "B / in", "A / out", "B / out"]);
    assert!(all.iter().all(|one| one.values.len() == 20));
}

#[test]
fn a_column_has_the_day_before_the_month_or_behind_it() {
    let april: Vec<String> = (0..28 * 4).map(|at| format!("{:02}/04/2014 {:02}:00,{at}", 1 + at / 4, at % 4 * 6)).collect();
    let one = only(&format!("t,value\n{}", april.join("\n")));
    assert_eq!((one.order(), one.step_ms(), one.even()), (Ok(None), Some(6 * 3_600_000), (0..112).map(f64::from).collect()));
    let (turned, sorted) = only(&format!("t,value\n{}", april.iter().rev().cloned().collect::<Vec<_>>().join("\n"))).in_order().unwrap();
    assert!(sorted && turned.stamps == one.stamps && turned.step_ms() == one.step_ms());
    // One series tells it of all in its file.
    let two = read(&rows("unique_id,ds,y\nA,01/02/2014,1\nA,01/03/2014,2\nA,01/04/2014,3\nB,28/02/2014,4"), None, &[]).unwrap();
    assert_eq!(two[0].moments()[0], moment("2014-02-01"));
    // The month comes first where nothing, or something else, is told.
    let first = |text: &str| only(&format!("t,value\n{text}")).moments()[0];
    assert_eq!(first("01/02/2014,1\n01/03/2014,2\n01/04/2014,3"), moment("2014-01-02"));
    assert_eq!(first("01/02/2014,1\n13/02/2014,2\n04/28/2014,3"), moment("2014-01-02"));
    assert_eq!(first("2014/01/02,1\n2014/13/01,2\n2014/01/13,2"), moment("2014-01-02"));
}

#[test]
fn a_comma_begins_the_fraction_where_something_else_parts() {
    let rows: Vec<Vec<String>> = ["timestamp;value;n", "2026-05-01 00:00;12,5;7", "2026-05-01 01:00;13;8", "2026-05-01 02:00;1.013,25;9"]
        .map(|row| row.split(';').map(str::to_owned).collect())
        .to_vec();
    assert_eq!(read(&rows, None, &[]).unwrap()[0].values, [12.5, 13.0, 1013.25]);
}

#[test]
fn times_of_banks_and_programs_read() {
    let noon = Some(1_396_353_900_000);
    for text in
        ["20140401120500", "2014-04-01 20:05:00 +0800", "2014-04-01 12:05:00 +0000 UTC", "01/Apr/2014:12:05:00", "1-Apr-2014 12:05 PM"]
    {
        let one = only(&format!("time,value\n{text},1\n{text},2"));
        assert_eq!(one.moments()[0], noon, "{text}");
    }
    // Hours and days as numbers are hours and days.
    let of = |stamps: Vec<String>| only(&format!("time,value\n{}", stamps.iter().map(|stamp| format!("{stamp},1\n")).collect::<String>()));
    let hours = of((0..48).map(|at| format!("202503{:02}{:02}0000", 1 + at / 24, at % 24)).collect());
    assert_eq!((hours.step_ms(), hours.holes().len()), (Some(3_600_000), 48));
    assert_eq!(of((1..=30).map(|day| format!("202504{day:02}")).collect()).step_ms(), Some(86_400_000));
}
