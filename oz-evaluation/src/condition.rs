//! Conditions on metrics, such as limits that fail a continuous integration build.

use crate::document::{Evaluation, VariantReport};
use crate::{Error, Result};

/// Comparison of a metric with a number, parsed from text.
///
/// The metric is taken over all attempts (`bpcer > 0.05`), over one set or PAI species (`eer.lab >= 0.1`), or
/// at an operating point (`fnmr@fmr=1e-3 > 0.02`). Operators: `>`, `>=`, `<`, `<=`.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    text: String,
    metric: String,
    selector: MetricSelector,
    operator: Operator,
    limit: f64,
}

/// Part of the results that the metric is read from.
#[derive(Debug, Clone, PartialEq)]
enum MetricSelector {
    Overall,
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

/// Longest first, since `>` is a prefix of `>=`.
const OPERATORS: [(&str, Operator); 4] =
    [(">=", Operator::AtLeast), ("<=", Operator::AtMost), (">", Operator::Above), ("<", Operator::Below)];

impl std::str::FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let expected = "must be METRIC[.SET or @POINT] > NUMBER, with >, >=, < or <=";

        // The last sign: the name of a set may contain one, a number cannot.
        let at = text.rfind(['<', '>']).ok_or(expected)?;
        let (sign, operator) =
            OPERATORS.into_iter().find(|(sign, _)| text[at..].starts_with(sign)).ok_or(expected)?;
        let limit: f64 = text[at + sign.len()..].trim().parse().map_err(|_| expected)?;

        // `@` takes precedence over `.`, since the name of an operating point may contain a dot: `fmr=0.01`.
        let name = text[..at].trim();
        let (metric, selector) = match (name.split_once('@'), name.split_once('.')) {
            (Some((metric, point)), _) => (metric, MetricSelector::Point(point.trim().into())),
            (None, Some((metric, group))) => (metric, MetricSelector::Group(group.trim().into())),
            (None, None) => (name, MetricSelector::Overall),
        };

        if metric.trim().is_empty() || !limit.is_finite() {
            return Err(expected.into());
        }
        Ok(Self { text: text.trim().into(), metric: metric.trim().into(), selector, operator, limit })
    }
}

impl Condition {
    /// Returns one message for each variant that satisfies the condition.
    ///
    /// # Errors
    /// `config.invalid` when a variant lacks the metric, set, species or operating point; the message lists
    /// the available names.
    pub fn holds(&self, evaluation: &Evaluation) -> Result<Vec<String>> {
        let mut messages = Vec::new();
        for variant in &evaluation.variants {
            let value = self.value(variant)?;
            if self.operator.holds(value, self.limit) {
                messages.push(format!("{}: {} is {value}", self.text, variant.about.name));
            }
        }
        Ok(messages)
    }

    fn value(&self, variant: &VariantReport) -> Result<f64> {
        let metrics = match &self.selector {
            MetricSelector::Overall => &variant.metrics,
            MetricSelector::Group(name) => {
                let group = variant.sets.get(name).or_else(|| variant.species.get(name));
                let known = variant.sets.keys().chain(variant.species.keys()).map(String::as_str);
                &group.ok_or_else(|| self.unknown("set or species", name, known))?.metrics
            }
            MetricSelector::Point(name) => {
                let point = variant.operating_points.iter().find(|point| point.name == *name);
                let known = variant.operating_points.iter().map(|point| point.name.as_str());
                &point.ok_or_else(|| self.unknown("operating point", name, known))?.metrics
            }
        };

        let estimate = metrics.of(&self.metric);
        Ok(estimate.ok_or_else(|| self.unknown("metric", &self.metric, metrics.names().into_iter()))?.value)
    }

    fn unknown<'a>(&self, what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> Error {
        let known = known.collect::<Vec<_>>().join(", ");
        Error::config(format!("condition `{}`: unknown {what} `{name}`; known: {known}", self.text))
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
    fn every_form_is_parsed() {
        let plain = parsed("bpcer > 0.05");
        assert_eq!((plain.metric.as_str(), plain.operator, plain.limit), ("bpcer", Operator::Above, 0.05));
        assert_eq!(parsed("eer.lab 2>=1e-1").selector, MetricSelector::Group("lab 2".into()));
        assert_eq!(parsed("apcer.v1.2<=.5").selector, MetricSelector::Group("v1.2".into()));
        assert_eq!(parsed("fnmr@fmr=1e-3 < 0.5").selector, MetricSelector::Point("fmr=1e-3".into()));
        assert_eq!(parsed("bpcer@apcer=0.05>0.1").selector, MetricSelector::Point("apcer=0.05".into()));
    }

    #[test]
    fn invalid_conditions_are_refused() {
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
    fn only_operators_with_equality_include_the_limit() {
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
    fn arbitrary_text_is_parsed_or_refused() {
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
