//! Line breaks.

/// Breaks `text` into lines of at most `width`: between words, and inside a word that is wider than a line. A
/// line has at least one character, however narrow it is.
pub(super) fn wrap(text: &str, width: f32, measure: impl Fn(&str) -> f32) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if measure(&longer) <= width {
            line = longer;
            continue;
        }

        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        line = break_word(word, width, &measure, &mut lines);
    }

    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// Adds the full lines of a word to `lines` and returns its rest.
fn break_word(word: &str, width: f32, measure: impl Fn(&str) -> f32, lines: &mut Vec<String>) -> String {
    let mut line = String::new();
    for letter in word.chars() {
        line.push(letter);
        if measure(&line) > width && line.chars().nth(1).is_some() {
            line.pop();
            lines.push(std::mem::replace(&mut line, letter.into()));
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, width: f32, expected: &[&str]) {
        assert_eq!(wrap(text, width, |line| line.chars().count() as f32), expected, "{text:?} at {width}");
    }

    #[test]
    fn text_is_broken_between_words() {
        check("the PAD model gives 0.95", 10.0, &["the PAD", "model", "gives 0.95"]);
        check("  one\n two  ", 20.0, &["one two"]);
        check("", 20.0, &[]);
    }

    #[test]
    fn a_word_wider_than_a_line_is_broken() {
        check("a sesquipedalian b", 5.0, &["a", "sesqu", "ipeda", "lian", "b"]);
        check("äöü", 0.5, &["ä", "ö", "ü"]);
    }
}
