//! HTML writer that escapes all texts.

/// A page under construction. Every text passes through [`escape`].
pub(super) struct Html(String);

impl Html {
    /// Starts a page with a title and a style sheet.
    pub(super) fn begin(title: &str, style: &'static str) -> Self {
        let title = escape(title);
        Self(format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
             <style>{style}</style></head><body>"
        ))
    }

    pub(super) fn open(&mut self, name: &'static str) {
        self.0.push_str(&format!("<{name}>"));
    }

    pub(super) fn close(&mut self, name: &'static str) {
        self.0.push_str(&format!("</{name}>"));
    }

    pub(super) fn element(&mut self, name: &'static str, text: &str) {
        self.0.push_str(&format!("<{name}>{}</{name}>", escape(text)));
    }

    pub(super) fn row(&mut self, name: &str, text: &str) {
        self.0.push_str(&format!("<tr><th>{}</th><td>{}</td></tr>", escape(name), escape(text)));
    }

    /// Adds a row in the colour of a verdict.
    pub(super) fn verdict_row(&mut self, name: &str, verdict: &'static str) {
        let (name, verdict) = (escape(name), escape(verdict));
        self.0.push_str(&format!("<tr><th>{name}</th><td class=\"{verdict}\">{verdict}</td></tr>"));
    }

    /// Adds a row with an embedded JPEG.
    pub(super) fn image_row(&mut self, name: &str, base64: &str) {
        let (name, base64) = (escape(name), escape(base64));
        let source = format!("data:image/jpeg;base64,{base64}");
        self.0.push_str(&format!("<tr><th>{name}</th><td><img alt=\"{name}\" src=\"{source}\"></td></tr>"));
    }

    pub(super) fn end(mut self) -> String {
        self.0.push_str("</body></html>");
        self.0
    }
}

/// Escapes text for use in elements and quoted attributes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_texts_is_escaped() {
        let mut html = Html::begin("</title><script>", "");
        html.row("<b>", "\"'><img src=x onerror=alert(1)>&amp;");
        let page = html.end();
        assert!(!page.contains("<script") && !page.contains("<img") && !page.contains("<b>"), "{page}");
        assert!(page.contains("&quot;&#39;&gt;&lt;img src=x onerror=alert(1)&gt;&amp;amp;"), "{page}");
    }
}
