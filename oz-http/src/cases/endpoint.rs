//! Validation of webhook URLs (`resolution_endpoint`) at the time they are set.

use url::{Host, Url};

use crate::config::WebhookConfig;
use crate::field::FieldError;
use crate::public_address::is_public;

const FIELD: &str = "resolution_endpoint";
const MAX_LENGTH: usize = 2_048;

/// Validates the URL from its text alone. The sender of notices checks the resolved addresses again before it
/// connects.
///
/// # Errors
/// The violated rule.
pub(crate) fn checked_endpoint(text: &str, config: &WebhookConfig) -> Result<String, FieldError> {
    let refuse = |why: &str| FieldError::value(FIELD, why);
    if text.len() > MAX_LENGTH {
        return Err(refuse(&format!("must have at most {MAX_LENGTH} bytes")));
    }

    let url = Url::parse(text.trim()).map_err(|_| refuse("must be a URL"))?;
    match url.scheme() {
        "https" => {}
        "http" if config.allow_http => {}
        "http" => return Err(refuse("must use https")),
        _ => return Err(refuse("must use http or https")),
    }

    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("must not contain credentials"));
    }
    if !config.allow_private && url.host().is_none_or(|host| is_private(&host)) {
        return Err(refuse("must not point to a private network"));
    }
    Ok(url.into())
}

fn is_private(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            name == "localhost" || name.ends_with(".localhost") || name.ends_with(".internal")
        }
        Host::Ipv4(address) => !is_public((*address).into()),
        Host::Ipv6(address) => !is_public((*address).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, is_accepted: bool) {
        assert_eq!(checked_endpoint(text, &WebhookConfig::default()).is_ok(), is_accepted, "{text}");
    }

    #[test]
    fn only_public_web_urls_are_accepted() {
        check("https://hooks.acme.example/oz?x=1", true);
        check("http://hooks.acme.example:8080/", true);
        check("https://93.184.216.34/", true);

        for text in [
            "",
            "hooks.acme.example",
            "ftp://acme.example/",
            "file:///etc/passwd",
            "https://user:secret@acme.example/",
            "http://localhost:8080/",
            "http://LOCALHOST./",
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://10.1.2.3/",
            "http://169.254.169.254/latest/meta-data",
            "http://100.64.0.1/",
            "http://192.0.0.192/",
            "http://198.18.0.1/",
            "http://[2002:a00:1::1]/",
            "http://[::1]/",
            "http://[::ffff:10.0.0.1]/",
            "http://[fd00::1]/",
            "http://[fe80::1]/",
            "http://metadata.google.internal/",
            &format!("https://acme.example/{}", "x".repeat(3_000)),
        ] {
            check(text, false);
        }
    }

    #[test]
    fn settings_allow_private_networks_and_forbid_http() {
        let strict = WebhookConfig { allow_http: false, ..WebhookConfig::default() };
        assert!(checked_endpoint("http://acme.example/", &strict).is_err());
        let open = WebhookConfig { allow_private: true, ..WebhookConfig::default() };
        assert_eq!(checked_endpoint("http://127.0.0.1:9/x", &open).unwrap(), "http://127.0.0.1:9/x");
    }
}
