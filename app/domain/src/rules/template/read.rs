//! Reading a template: pieces of text, actions between braces, blocks of them.

use super::{
    Arm, Piece, Pipe,
    call::{Call, Function, Term},
};

/// Blocks and parentheses within each other at most.
const DEEPEST: usize = 16;

/// Why a text is no template that is known here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The reason: `unclosed`, `empty`, `block`, `bracket`, `arguments`, `pattern` or `unknown`.
    pub why: &'static str,
    /// The word that it is about; may be empty.
    pub word: String,
}

impl Wrong {
    pub(super) fn new(why: &'static str, word: &str) -> Self {
        Self { why, word: word.to_owned() }
    }
}

/// Texts and actions as they follow each other, without the white space that actions take away.
enum Part<'a> {
    Text(&'a str),
    Action(Vec<Token>),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Word(String),
    Quoted(String),
    Pipe,
    Open,
    Close,
}

/// Everything that a text says.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece>, Wrong> {
    let parts = parts(text)?;
    let mut left = parts.iter();
    match block(&mut left, 0, false)? {
        (pieces, None) => Ok(pieces),
        _ => Err(Wrong::new("block", "end")),
    }
}

fn parts(text: &str) -> Result<Vec<Part<'_>>, Wrong> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some((before, after)) = rest.split_once("{{") {
        let (inner, after) = split_action(after).ok_or_else(|| Wrong::new("unclosed", ""))?;
        let white = |letter: Option<char>| letter.is_none_or(char::is_whitespace);
        let before_goes = inner.strip_prefix('-').filter(|inner| white(inner.chars().next()));
        let inner = before_goes.unwrap_or(inner);
        let after_goes = inner.strip_suffix('-').filter(|inner| white(inner.chars().next_back()));
        let inner = after_goes.unwrap_or(inner).trim();
        parts.push(Part::Text(if before_goes.is_some() { before.trim_end() } else { before }));
        rest = if after_goes.is_some() { after.trim_start() } else { after };
        if !(inner.starts_with("/*") && inner.ends_with("*/")) {
            parts.push(Part::Action(tokens(inner)?));
        }
    }
    parts.push(Part::Text(rest));
    Ok(parts)
}

/// What stands before `}}`, which may also stand in a quoted text.
fn split_action(text: &str) -> Option<(&str, &str)> {
    let (mut quote, mut escaped) = (None, false);
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            _ if escaped => escaped = false,
            (Some('"'), '\\') => escaped = true,
            (None, '"' | '`') => quote = Some(letter),
            (Some(open), close) if open == close => quote = None,
            (None, '}') if text[at..].starts_with("}}") => return Some((&text[..at], &text[at + 2..])),
            _ => {}
        }
    }
    None
}

fn tokens(text: &str) -> Result<Vec<Token>, Wrong> {
    let mut found = Vec::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        found.push(match letter {
            c if c.is_whitespace() => continue,
            '|' => Token::Pipe,
            '(' => Token::Open,
            ')' => Token::Close,
            '"' | '`' => {
                let mut quoted = String::new();
                loop {
                    match letters.next().ok_or_else(|| Wrong::new("unclosed", ""))? {
                        end if end == letter => break,
                        '\\' if letter == '"' => quoted.extend(letters.next().map(|c| match c {
                            'n' => '\n',
                            't' => '\t',
                            other => other,
                        })),
                        other => quoted.push(other),
                    }
                }
                Token::Quoted(quoted)
            }
            first => {
                let mut word = String::from(first);
                while let Some(more) = letters.next_if(|c| !c.is_whitespace() && !matches!(c, '|' | '(' | ')' | '"' | '`')) {
                    word.push(more);
                }
                Token::Word(word)
            }
        });
    }
    Ok(found)
}

/// What ended a block: `None` the end of the text, else `end` or `else` with what follows it.
type Ending<'a> = Option<(&'a str, &'a [Token])>;

/// Pieces up to the end of this block; `dot` where one stands for something.
fn block<'a>(left: &mut std::slice::Iter<'a, Part<'_>>, depth: usize, dot: bool) -> Result<(Vec<Piece>, Ending<'a>), Wrong> {
    let mut found = Vec::new();
    while let Some(part) = left.next() {
        let tokens: &'a [Token] = match part {
            Part::Text(text) => {
                found.push(Piece::Text((*text).to_owned()));
                continue;
            }
            Part::Action(tokens) => tokens,
        };
        match tokens.first() {
            Some(Token::Word(word)) if word == "end" || word == "else" => return Ok((found, Some((word, &tokens[1..])))),
            Some(Token::Word(word)) if word == "if" || word == "with" => found.push(choice(left, tokens, depth + 1, dot)?),
            _ => found.push(Piece::Pipe(pipe(tokens, depth, dot)?)),
        }
    }
    Ok((found, None))
}

/// `if` or `with`, up to its `end`.
fn choice<'a>(left: &mut std::slice::Iter<'a, Part<'_>>, tokens: &'a [Token], depth: usize, dot: bool) -> Result<Piece, Wrong> {
    if depth > DEEPEST {
        return Err(Wrong::new("block", "if"));
    }
    let (mut arms, mut head) = (Vec::new(), tokens);
    loop {
        let binds = head.first() == Some(&Token::Word("with".to_owned()));
        let asked = pipe(&head[1..], depth, dot)?;
        let (then, ending) = block(left, depth, dot || binds)?;
        arms.push(Arm { asked, binds, then });
        match ending {
            Some(("end", [])) => return Ok(Piece::Choice(arms, Vec::new())),
            Some(("else", [])) => {
                let (other, ending) = block(left, depth, dot)?;
                return match ending {
                    Some(("end", [])) => Ok(Piece::Choice(arms, other)),
                    _ => Err(Wrong::new("block", "else")),
                };
            }
            Some(("else", more)) if matches!(&more[0], Token::Word(word) if word == "if" || word == "with") => head = more,
            Some((word, _)) => return Err(Wrong::new("block", word)),
            None => return Err(Wrong::new("block", "if")),
        }
    }
}

/// Where the parenthesis that opens at the start is closed.
fn closing(tokens: &[Token]) -> Result<usize, Wrong> {
    let mut open = 0;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Open => open += 1,
            Token::Close => open -= 1,
            _ => {}
        }
        if open == 0 {
            return Ok(at);
        }
    }
    Err(Wrong::new("bracket", "("))
}

fn pipe(tokens: &[Token], depth: usize, dot: bool) -> Result<Pipe, Wrong> {
    if depth > DEEPEST {
        return Err(Wrong::new("bracket", "("));
    }
    let (mut calls, mut terms, mut function, mut at) = (Vec::new(), Vec::new(), None, 0);
    loop {
        let begins = function.is_none() && terms.is_empty();
        match tokens.get(at) {
            None | Some(Token::Pipe) if begins => return Err(Wrong::new("empty", "")),
            ended @ (None | Some(Token::Pipe)) => {
                calls.push(Call::new(function.take(), std::mem::take(&mut terms), !calls.is_empty())?);
                if ended.is_none() {
                    return Ok(Pipe(calls));
                }
            }
            Some(Token::Open) => {
                let end = at + closing(&tokens[at..])?;
                terms.push(Term::Group(pipe(&tokens[at + 1..end], depth + 1, dot)?));
                at = end;
            }
            Some(Token::Close) => return Err(Wrong::new("bracket", ")")),
            Some(Token::Quoted(text)) => terms.push(Term::Text(text.clone())),
            Some(Token::Word(word)) => match Function::named(word).filter(|_| begins) {
                Some(known) => function = Some(known),
                None => terms.push(Term::read(word, dot)?),
            },
        }
        at += 1;
    }
}
