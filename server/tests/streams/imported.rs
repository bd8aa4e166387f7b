//! Files of transactions, imported by the program itself: each line counts once, and columns may be named otherwise.

use std::{fs, io::Write as _};

use backend::{Context, SystemClock, db::sql};
use domain::{
    Clock as _, Permission, Span,
    time::{HOUR, MINUTE},
    transactions::{Filter, Question, Sort, Tables},
};

use crate::app::process;

both! {
    async fn a_file_counts_once_however_often_it_is_imported(app: TestApp) {
        let (_, _, sender) = super::stage(&app).await;
        let reader = app.user("reader", &[Permission::Read], None).await;
        sql("DELETE FROM settings").run(&mut app.ctx.db.read().await.unwrap()).await.unwrap();
        drop(sender);
        let folder = std::env::temp_dir().join(format!("evenkeel-import-{}-{:?}", std::process::id(), app.ctx.db.kind()));
        fs::create_dir_all(&folder).unwrap();
        let at = SystemClock.now().plus(-5 * MINUTE);
        let csv = folder.join("day.csv");
        // The same line again and again: more than one batch, and batches that are alike.
        let mut text = String::from("time,code,merchant,amount,currency\n");
        (0..10_500).for_each(|_| text.push_str(&format!("{},51,M1,12.50,CNY\n", at.rfc3339())));
        text.push_str("noon,51,M1,,\n");
        fs::write(&csv, &text).unwrap();
        let packed = folder.join("Day.CSV.gz");
        let mut gzip = flate2::write::GzEncoder::new(fs::File::create(&packed).unwrap(), flate2::Compression::fast());
        gzip.write_all(text.as_bytes()).unwrap();
        gzip.finish().unwrap();
        app.ctx.db.close().await;
        for (file, counted, before) in [(&csv, 10_500, 0), (&csv, 0, 10_500), (&packed, 0, 10_500)] {
            let out = process::program(&app).args(["import", "transactions", file.to_str().unwrap(), "--stream", "pay"]).output().await.unwrap();
            let said = String::from_utf8_lossy(&out.stdout).into_owned();
            assert_eq!(out.status.code(), Some(1), "one line was refused");
            assert_eq!(said.trim(), format!("{counted} counted, {before} counted before, 1 refused, 3 batches"), "{}", String::from_utf8_lossy(&out.stderr));
            assert!(String::from_utf8_lossy(&out.stderr).contains("line 10502: time \"noon\""), "{}", String::from_utf8_lossy(&out.stderr));
        }
        // Columns that are named otherwise are said, on the command line or in a file.
        let (other, map) = (folder.join("other.csv"), folder.join("columns"));
        fs::write(&other, format!("When,RC,Shop\n{},51,M2\nnoon,51,M2\n", at.rfc3339())).unwrap();
        fs::write(&map, "# as the bank calls them\nWhen=time\nRC = code # result\n").unwrap();
        let run = async |more: &[&str]| {
            let out = process::program(&app).args(["import", "transactions", other.to_str().unwrap()]).args(more).output().await.unwrap();
            (out.status.success(), format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr)))
        };
        let (fine, said) = run(&["--stream", "pay", "--map-file", map.to_str().unwrap(), "--map", "Shop=merchant"]).await;
        assert!(!fine && said.contains("1 counted, 0 counted before, 1 refused") && said.contains("line 3: When \"noon\""), "{said}");
        assert!(said.contains("1 of 2 lines were refused") && said.contains("counts nothing twice"), "{said}");
        // An array is sent by its elements, however many there are and however they are written.
        let array = folder.join("array.json");
        let element = |merchant: &str| format!("{{\n  \"time\": \"{}\",\n  \"code\": \"00\", \"merchant\": \"{merchant}\"\n}}", at.rfc3339());
        let import = async |elements: &[String]| {
            fs::write(&array, format!("[{}]\n", elements.join(", "))).unwrap();
            let out = process::program(&app).args(["import", "transactions", array.to_str().unwrap(), "--stream", "pay"]).output().await.unwrap();
            (out.status.code(), String::from_utf8_lossy(&out.stdout).trim().to_owned(), String::from_utf8_lossy(&out.stderr).into_owned())
        };
        let elements = vec![element("M3"); 5_001];
        let (code, said, more) = import(&elements).await;
        assert_eq!((code, said.as_str()), (Some(0), "5001 counted, 0 counted before, 0 refused, 2 batches"), "{more}");
        let (code, said, more) = import(&[&elements[..], &[element("M4").replace("time", "when")]].concat()).await;
        assert_eq!((code, said.as_str()), (Some(1), "1 counted, 5000 counted before, 1 refused, 2 batches"), "{more}");
        assert!(more.contains("element 5002: time"), "{more}");
        for wrong in [&["--map", "Shop=merchant"][..], &["--stream", "pay", "--map", "Shop"][..], &["--stream", "pay", "--map", "Shop=shop"][..]] {
            let (fine, said) = run(wrong).await;
            assert!(!fine && (said.contains("--stream") || said.contains("Shop") || said.contains("link, merchant, channel")), "{said}");
        }
        // A wallet's bill: lines around its rows, a day and a time of day in two columns, amounts as people write them.
        let paypal = folder.join("paypal.csv");
        let zone = domain::time::zone("America/New_York").unwrap();
        let (day, clock) = (at.jiff().to_zoned(zone.clone()).strftime("%m/%d/%Y").to_string(), at.jiff().to_zoned(zone).strftime("%I:%M:%S %p").to_string());
        let rows = format!("Activity of a\n\nDate,Time,Gross,Currency,Status\n{day},{clock},\"$1,234.50\",USD,Completed\n{day},{clock},(1.00),USD,Denied\n-----\nTotal,2\n");
        fs::write(&paypal, rows).unwrap();
        let bill = async |more: &[&str]| {
            let maps = ["--map", "Date+Time=time:local-mdy:America/New_York", "--map", "Status=success", "--map", "Gross=amount", "--map", "Currency=currency"];
            let file = paypal.to_str().unwrap();
            let out = process::program(&app).args(["import", "transactions", file, "--stream", "pay"]).args(maps).args(more).output().await.unwrap();
            (out.status.code(), format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr)))
        };
        let (code, said) = bill(&[]).await;
        assert!(code == Some(0) && said.contains("2 counted, 0 counted before, 0 refused"), "{said}");
        assert!(said.contains("lines 1-2, 6-7 hold no rows"), "{said}");
        let (code, said) = bill(&["--header-line", "3"]).await;
        assert!(code == Some(0) && said.contains("0 counted, 2 counted before, 0 refused"), "{said}");
        let (code, said) = bill(&["--header-line", "1"]).await;
        assert!(code == Some(1) && said.contains("Date+Time") && said.contains("Activity of a"), "{said}");
        app.to_wall_clock();
        let ctx = Context::new(app.database.open().await, app.clock.clone());
        let portal = server::boot::house(&ctx, &server::settings::Settings::default()).portal;
        let span = Span::new(at.plus(-HOUR), at.plus(HOUR)).unwrap();
        let question = Question { span, filter: Filter::default(), zone: "UTC".into(), sort: Sort::Volume, top: 9, tables: Tables::All };
        let totals = portal.transactions.analyse(&reader, &question).await.unwrap().totals;
        let money: Vec<_> = totals.money.iter().map(|money| (money.currency.as_str(), money.amount)).collect();
        assert_eq!((totals.total, money), (15_505, vec![("CNY", 13_125_000), ("USD", 123_350)]));
        ctx.db.close().await;
        fs::remove_dir_all(&folder).unwrap();
    }
}
