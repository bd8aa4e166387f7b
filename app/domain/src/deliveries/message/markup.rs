//! Plain text, HTML, and the dialects of Markdown that messengers read.

use serde_json::{Value, json};

use super::{Message, Tone, cut, cut_bytes, words};

/// Plain text of several lines: the text part of mail.
pub fn plain(message: &Message) -> String {
    let mut lines = vec![message.title.clone(), String::new()];
    if !message.text.is_empty() {
        lines.extend([message.text.clone(), String::new()]);
    }
    lines.extend(message.facts.iter().map(|(word, value)| format!("{word}{}{value}", words::colon(message.locale))));
    if let Some(more) = message.more() {
        lines.extend([String::new(), more]);
        lines.extend(message.also.iter().map(|title| format!("- {title}")));
    }
    lines.push(String::new());
    if let Some(url) = &message.acknowledge {
        lines.push(format!("{}{}{url}", message.acknowledging(), words::colon(message.locale)));
    }
    if let Some(url) = &message.link {
        lines.push(format!("{}{}{url}", message.open(), words::colon(message.locale)));
    }
    if let Some(url) = &message.unsubscribe {
        lines.extend([String::new(), format!("{}{}{url}", message.unsubscribing(), words::colon(message.locale))]);
    }
    lines.join("\n").trim_end().to_owned() + "\n"
}

/// The text with what HTML would read as markup escaped.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

/// The HTML part of mail: one narrow column that a phone reads, without anything to load.
pub fn html(message: &Message) -> String {
    let colour = match message.tone {
        Tone::Bad => "#a4191e",
        Tone::Good => "#0b5b41",
        Tone::Plain => "#33425c",
    };
    let facts: String = message.facts.iter().map(|(word, value)| row(word, value)).collect();
    let also = message.more().map_or_else(String::new, |more| {
        let titles: String = message.also.iter().map(|title| format!("<li>{}</li>", escaped(title))).collect();
        format!("<p>{}</p><ul>{titles}</ul>", escaped(&more))
    });
    let button = |url: &Option<String>, word: &str| {
        url.as_ref().map_or_else(String::new, |url| {
            format!(
                "<p><a href=\"{}\" style=\"display:inline-block;padding:12px 20px;border-radius:4px;background:{colour};color:#ffffff;\
                 text-decoration:none;font-weight:600\">{word}</a></p>",
                escaped(url)
            )
        })
    };
    let unsubscribe = message.unsubscribe.as_ref().map_or_else(String::new, |url| {
        format!("<p style=\"font-size:14px\"><a href=\"{}\" style=\"color:#5a6474\">{}</a></p>", escaped(url), message.unsubscribing())
    });
    let text = escaped(&message.text).replace('\n', "<br>");
    format!(
        "<!DOCTYPE html><html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"></head>\
         <body style=\"margin:0;padding:16px;font:16px/1.5 sans-serif;color:#1b2230;background:#ffffff\"><div style=\"max-width:600px\">\
         <h1 style=\"font-size:20px;line-height:1.3;margin:0 0 12px;padding-left:12px;border-left:4px solid {colour}\">{}</h1>\
         <p>{text}</p><table style=\"border-collapse:collapse\">{facts}</table>{also}{}{}{unsubscribe}</div></body></html>",
        message.locale.tag(),
        escaped(&message.title),
        button(&message.acknowledge, message.acknowledging()),
        button(&message.link, message.open()),
    )
}

fn row(word: &str, value: &str) -> String {
    let shown = escaped(value);
    // An address alone is a link.
    let address = ["https://", "http://"].iter().any(|scheme| value.starts_with(scheme)) && !value.contains(char::is_whitespace);
    let shown = if address { format!("<a href=\"{shown}\">{shown}</a>") } else { shown };
    format!("<tr><td style=\"padding:2px 16px 2px 0;color:#5a6474\">{}</td><td>{shown}</td></tr>", escaped(word))
}

/// Telegram: <https://core.telegram.org/bots/api#html-style>, 4,096 characters after its own reading.
pub fn telegram(message: &Message, chat: &str) -> Value {
    let mut text = format!("<b>{}</b>", escaped(&cut(&message.title, 300)));
    if !message.text.is_empty() {
        text.push_str(&format!("\n{}", escaped(&cut(&message.text, 2_000))));
    }
    for (word, value) in &message.facts {
        text.push_str(&format!("\n{}{}{}", escaped(word), words::colon(message.locale), escaped(&cut(value, 120))));
    }
    if let Some(more) = message.more() {
        text.push_str(&format!("\n\n{more}"));
        for title in message.also.iter().take(8) {
            text.push_str(&format!("\n• {}", escaped(&cut(title, 80))));
        }
    }
    for (url, word) in [(&message.acknowledge, message.acknowledging()), (&message.link, message.open())] {
        if let Some(url) = url {
            text.push_str(&format!("\n\n<a href=\"{}\">{word}</a>", escaped(url)));
        }
    }
    json!({ "chat_id": chat, "text": text, "parse_mode": "HTML", "link_preview_options": { "is_disabled": true } })
}

/// What web push carries to our own service worker; small, because a push service takes about 4 KB.
pub fn push(message: &Message) -> Value {
    let mut lines = vec![cut_bytes(&message.text, 600)];
    lines.extend(
        message.facts.iter().take(3).map(|(word, value)| format!("{word}{}{}", words::colon(message.locale), cut_bytes(value, 120))),
    );
    lines.extend(message.more());
    lines.retain(|line| !line.is_empty());
    json!({
        "title": cut_bytes(&message.title, 300),
        "body": lines.join("\n"),
        "tag": message.key,
        "url": message.acknowledge.as_ref().or(message.link.as_ref()),
        "lang": message.locale.tag(),
        "urgent": message.tone == Tone::Bad,
    })
}

/// Text in which Markdown finds nothing to read: its signs are escaped with a backslash, line ends become blanks.
fn quiet(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | '`' | '*' | '_' | '[' | ']' | '(' | ')' | '#' | '~' | '|' | '>' | '!' | '@' => out.extend(['\\', letter]),
            '<' => out.push_str("&lt;"),
            '\n' | '\r' => out.push(' '),
            other => out.push(other),
        }
    }
    out
}

/// DingTalk: <https://open.dingtalk.com/document/orgapp/custom-bot-to-send-group-chat-messages>, 20,000 bytes.
pub fn dingtalk(message: &Message) -> Value {
    let mut text = format!("### {}\n\n", quiet(&message.title));
    for line in message.text.lines().take(40) {
        text.push_str(&format!("{}\n\n", quiet(line)));
    }
    for (word, value) in &message.facts {
        text.push_str(&format!("- {}{}{}\n", quiet(word), words::colon(message.locale), quiet(value)));
    }
    if let Some(more) = message.more() {
        text.push_str(&format!("\n{more}\n\n"));
        for title in &message.also {
            text.push_str(&format!("- {}\n", quiet(title)));
        }
    }
    let mut text = cut_bytes(&text, 16_000);
    for (url, word) in [(&message.acknowledge, message.acknowledging()), (&message.link, message.open())] {
        if let Some(url) = url {
            text.push_str(&format!("\n\n[{word}]({url})"));
        }
    }
    json!({ "msgtype": "markdown", "markdown": { "title": cut(&message.title, 100), "text": text } })
}

/// WeCom: <https://developer.work.weixin.qq.com/document/path/91770>, 4,096 bytes.
pub fn wecom(message: &Message) -> Value {
    let colour = match message.tone {
        Tone::Bad => "warning",
        Tone::Good => "info",
        Tone::Plain => "comment",
    };
    let plain = |text: &str| text.replace('<', "＜").replace('>', "＞").replace(['\n', '\r'], " ");
    let mut content = format!("**<font color=\"{colour}\">{}</font>**\n", plain(&cut_bytes(&message.title, 400)));
    if !message.text.is_empty() {
        content.push_str(&format!("{}\n", plain(&cut_bytes(&message.text, 1_200))));
    }
    for (word, value) in &message.facts {
        content.push_str(&format!("> {word}{}{}\n", words::colon(message.locale), plain(&cut_bytes(value, 160))));
    }
    if let Some(more) = message.more() {
        content.push_str(&format!("\n{more}\n"));
        for title in message.also.iter().take(6) {
            content.push_str(&format!("> {}\n", plain(&cut_bytes(title, 90))));
        }
    }
    for (url, word) in [(&message.acknowledge, message.acknowledging()), (&message.link, message.open())] {
        if let Some(url) = url {
            content.push_str(&format!("[{word}]({url})\n"));
        }
    }
    json!({ "msgtype": "markdown", "markdown": { "content": content } })
}
