//! Messages as cards: Slack's blocks, Microsoft's Adaptive Card, Feishu's card.

use serde_json::{Value, json};

use super::{Message, Tone, cut, words};

/// Text in Slack's mrkdwn in which nothing is read as a link or a mention.
fn slack_text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Slack: <https://api.slack.com/messaging/webhooks> with blocks; `text` is what notifications on a phone show.
pub fn slack(message: &Message) -> Value {
    let mut blocks = vec![json!({ "type": "header", "text": { "type": "plain_text", "text": cut(&message.title, 150), "emoji": false } })];
    if !message.text.is_empty() {
        blocks.push(json!({ "type": "section", "text": { "type": "plain_text", "text": cut(&message.text, 2_900), "emoji": false } }));
    }
    if !message.facts.is_empty() {
        let fields = message.facts.iter().take(10).map(
            |(word, value)| json!({ "type": "mrkdwn", "text": format!("*{}*\n{}", slack_text(word), cut(&slack_text(value), 1_800)) }),
        );
        blocks.push(json!({ "type": "section", "fields": fields.collect::<Vec<_>>() }));
    }
    if let Some(more) = message.more() {
        let titles: String = message.also.iter().take(20).map(|title| format!("\n• {}", cut(title, 120))).collect();
        blocks.push(json!({ "type": "section", "text": { "type": "plain_text", "text": format!("{more}{titles}"), "emoji": false } }));
    }
    let mut buttons = Vec::new();
    if let Some(url) = &message.acknowledge {
        buttons.push(
            json!({ "type": "button", "style": "primary", "url": url, "text": { "type": "plain_text", "text": message.acknowledging() } }),
        );
    }
    if let Some(url) = &message.link {
        buttons.push(json!({ "type": "button", "url": url, "text": { "type": "plain_text", "text": message.open() } }));
    }
    if !buttons.is_empty() {
        blocks.push(json!({ "type": "actions", "elements": buttons }));
    }
    json!({ "text": slack_text(&message.title), "blocks": blocks, "unfurl_links": false, "unfurl_media": false })
}

/// Text in which an Adaptive Card's Markdown finds nothing to read.
fn card_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '\\' | '*' | '_' | '[' | ']' | '(' | ')' | '`' | '#' | '<' | '>') {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

/// Microsoft Teams: what a workflow "post to a channel when a webhook request is received" takes, an Adaptive Card 1.4.
pub fn teams(message: &Message) -> Value {
    let colour = match message.tone {
        Tone::Bad => "Attention",
        Tone::Good => "Good",
        Tone::Plain => "Default",
    };
    let block = |text: String| json!({ "type": "TextBlock", "text": text, "wrap": true });
    let mut body = vec![json!({
        "type": "TextBlock", "text": card_text(&message.title), "wrap": true, "size": "Large", "weight": "Bolder", "color": colour,
    })];
    if !message.text.is_empty() {
        body.push(block(card_text(&cut(&message.text, 2_000))));
    }
    if !message.facts.is_empty() {
        let facts = message.facts.iter().map(|(word, value)| json!({ "title": word, "value": card_text(&cut(value, 400)) }));
        body.push(json!({ "type": "FactSet", "facts": facts.collect::<Vec<_>>() }));
    }
    if let Some(more) = message.more() {
        body.push(block(more));
        body.extend(message.also.iter().take(12).map(|title| block(card_text(&cut(title, 100)))));
    }
    let open = |url: &String, title: &str| json!({ "type": "Action.OpenUrl", "title": title, "url": url });
    let acknowledge = message.acknowledge.as_ref().map(|url| open(url, message.acknowledging()));
    let actions: Vec<Value> = acknowledge.into_iter().chain(message.link.as_ref().map(|url| open(url, message.open()))).collect();
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "body": body,
                "actions": actions,
                "msteams": { "width": "Full" },
            },
        }],
    })
}

/// Feishu and Lark: <https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot>, a card; the signature is added by
/// whoever sends it.
pub fn feishu(message: &Message) -> Value {
    let colour = match message.tone {
        Tone::Bad => "red",
        Tone::Good => "green",
        Tone::Plain => "blue",
    };
    let plain = |content: String| json!({ "tag": "div", "text": { "tag": "plain_text", "content": content } });
    let mut elements = Vec::new();
    if !message.text.is_empty() {
        elements.push(plain(cut(&message.text, 2_000)));
    }
    elements.extend(message.facts.iter().map(|(word, value)| plain(format!("{word}{}{}", words::colon(message.locale), cut(value, 500)))));
    if let Some(more) = message.more() {
        elements.push(plain(more));
        elements.extend(message.also.iter().take(12).map(|title| plain(format!("• {}", cut(title, 100)))));
    }
    let button = |url: &String, word: &str, look: &str| json!({ "tag": "button", "text": { "tag": "plain_text", "content": word }, "type": look, "url": url });
    let acknowledge = message.acknowledge.as_ref().map(|url| button(url, message.acknowledging(), "primary"));
    let actions: Vec<Value> =
        acknowledge.into_iter().chain(message.link.as_ref().map(|url| button(url, message.open(), "default"))).collect();
    if !actions.is_empty() {
        elements.push(json!({ "tag": "action", "actions": actions }));
    }
    if elements.is_empty() {
        elements.push(plain(message.title.clone()));
    }
    json!({
        "msg_type": "interactive",
        "card": {
            "config": { "wide_screen_mode": true },
            "header": { "template": colour, "title": { "tag": "plain_text", "content": cut(&message.title, 200) } },
            "elements": elements,
        },
    })
}
