//! `--fail-if`: what makes an evaluation fail a build.

use crate::{Error, Result};

use crate::document::{Evaluation, Findings};

/// A condition such as `bpcer > 0.05`, `eer.lab >= 0.1`, `fnmr@fmr=1e-3 > 0.02`: a metric, of everything or of a set or
/// species, or at an operating point, compared with a number.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    text: String,
    metric: String,
    place: Place,
    operator: Operator,
    limit: f64,
}

#[derive(Debug, Clone, PartialEq)]
enum Place {
    Everything,
    Group(String),
    Point(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Above,
    AtLeast,
    Below,
    AtMost,
}

/// Longer ones first, as `>` begins `>=` too.
const OPERATORS: [(&str, Operator); 4] =
    [(">=", Operator::AtLeast), ("<=", Operator::AtMost), (">", Operator::Above), ("<", Operator::Below)];

impl std::str::FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let expected = "needs METRIC[.SET or @POINT] > NUMBER, with >, >=, < or <=";
        // The last one: the name of a set may hold such a sign, a number cannot.
        let at = text.rfind(['<', '>']).ok_or(expected)?;
        let (sign, operator) =
            OPERATORS.into_iter().find(|(sign, _)| text[at..].starts_with(sign)).ok_or(expected)?;
        let limit: f64 = text[at + sign.len()..].trim().parse().map_err(|_| expected)?;
        let name = text[..at].trim();
        // `@` first: the name of a point may hold a dot, `fmr=0.01`; a set named with `@` cannot be meant.
        let (metric, place) = match (name.split_once('@'), name.split_once('.')) {
            (Some((metric, point)), _) => (metric, Place::Point(point.trim().into())),
            (None, Some((metric, group))) => (metric, Place::Group(group.trim().into())),
            (None, None) => (name, Place::Everything),
        };
        if metric.trim().is_empty() || !limit.is_finite() {
            return Err(expected.into());
        }
        Ok(Self { text: text.trim().into(), metric: metric.trim().into(), place, operator, limit })
    }
}

impl Condition {
    /// Where the condition holds, in words; empty when it holds for no variant.
    ///
    /// # Errors
    /// `config.invalid` when a variant lacks the metric, naming what there is.
    pub fn holds(&self, evaluation: &Evaluation) -> Result<Vec<String>> {
        let mut found = Vec::new();
        for findings in &evaluation.variants {
            let value = self.value(findings)?;
            if self.operator.holds(value, self.limit) {
                found.push(format!("{}: {} is {value}", self.text, findings.about.name));
            }
        }
        Ok(found)
    }

    fn value(&self, findings: &Findings) -> Result<f64> {
        let unknown = |what: &str, known: Vec<&str>| {
            Error::config(format!("--fail-if {}: unknown {what}; known are {}", self.text, known.join(", ")))
        };
        let metrics = match &self.place {
            Place::Everything => &findings.metrics,
            Place::Group(name) => {
                let groups = findings.sets.get(name).or_else(|| findings.species.get(name));
                let known =
                    || findings.sets.keys().chain(findings.species.keys()).map(String::as_str).collect();
                &groups.ok_or_else(|| unknown(&format!("set or species `{name}`"), known()))?.metrics
            }
            Place::Point(name) => {
                let points = &findings.operating_points;
                let known = || points.iter().map(|point| point.name.as_str()).collect();
                let point = points.iter().find(|point| point.name == *name);
                &point.ok_or_else(|| unknown(&format!("operating point `{name}`"), known()))?.metrics
            }
        };
        let estimate = metrics.of(&self.metric);
        Ok(estimate.ok_or_else(|| unknown(&format!("metric `{}`", self.metric), metrics.names()))?.value)
    }
}

impl Operator {
    fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Self::Above => value > limit,
            Self::AtLeast => value >= limit,
            Self::Below => value < limit,
            Self::AtMost => value <= limit,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Condition {
        text.parse().unwrap()
    }

    #[test]
    fn every_form_is_understood() {
        let plain = parsed("bpcer > 0.05");
        assert_eq!((plain.metric.as_str(), plain.operator, plain.limit), ("bpcer", Operator::Above, 0.05));
        assert_eq!(parsed("eer.lab 2>=1e-1").place, Place::Group("lab 2".into()));
        assert_eq!(parsed("apcer.v1.2<=.5").place, Place::Group("v1.2".into()));
        assert_eq!(parsed("fnmr@fmr=1e-3 < 0.5").place, Place::Point("fmr=1e-3".into()));
        assert_eq!(parsed("bpcer@apcer=0.05>0.1").place, Place::Point("apcer=0.05".into()));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "bpcer",
            "bpcer >",
            "> 0.1",
            ".set > 1",
            "bpcer > five",
            "bpcer > NaN",
            "bpcer == 1",
            "bpcer > inf",
        ] {
            assert!(text.parse::<Condition>().is_err(), "{text}");
        }
    }

    #[test]
    fn limits_are_in_or_out_as_written() {
        for (sign, below, equal, above) in [
            (">", false, false, true),
            (">=", false, true, true),
            ("<", true, false, false),
            ("<=", true, true, false),
        ] {
            let operator = parsed(&format!("x {sign} 1")).operator;
            assert_eq!(
                [0.9, 1.0, 1.1].map(|value| operator.holds(value, 1.0)),
                [below, equal, above],
                "{sign}"
            );
        }
    }

    #[test]
    fn any_text_is_read_or_refused() {
        let pieces = ["eer", ".", "@", ">", "<", "=", " ", "0.1", "é", "-", "1e", "\u{0}"];
        let mut random = oz::core::evaluation::SplitMix64::new(5);
        for _ in 0..50_000 {
            let count = random.below(9);
            let text: String = (0..count).map(|_| pieces[random.below(pieces.len())]).collect();
            if let Ok(condition) = text.parse::<Condition>() {
                assert!(!condition.metric.is_empty() && condition.limit.is_finite(), "{text}");
            }
        }
    }
}
