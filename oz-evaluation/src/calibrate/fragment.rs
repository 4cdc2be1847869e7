//! Result of a calibration: a fragment of a model ledger.

use std::fmt::Write;

use oz::core::evaluation::{CurvePoint, ErrorCurve, PadTrials, Trial, Trials};
use oz::core::face::fmr_for_fpir;

use super::{Fitted, Subject};
use crate::verify::FEWEST_ERRORS;
use crate::{Error, Result};

/// False match rates of every fragment, as far as the data supports them.
const RATES: [f64; 5] = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5];

/// Ratio of the two false match rates that define the line of an extrapolation.
const LEVER: f64 = 10.0;

/// Range of the extrapolation: two decades below the strictest rate that the data supports, because the
/// distribution beyond is unobserved.
const FURTHEST: f64 = 100.0;

/// Results of a calibration, one entry for each model and engine.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Fragment {
    /// Entries in the order of the file.
    pub entries: Vec<Entry>,
}

/// Calibration of one feature space or PAD model.
#[derive(Debug)]
#[non_exhaustive]
pub struct Entry {
    /// Calibrated model and engine.
    pub subject: Subject,
    set: String,
    source: String,
    /// Operating points.
    pub points: Vec<Point>,
    /// Log-likelihood ratio over the similarity.
    pub likelihood_ratio: Option<Fitted>,
    /// Log-likelihood ratio over the logit of a PAD score.
    pub calibration: Option<Fitted>,
}

/// Operating point: threshold of an error rate.
#[derive(Debug)]
#[non_exhaustive]
pub struct Point {
    /// Error rate: `fmr`, `fpir`, `eer`, `apcer` or `bpcer`.
    pub metric: &'static str,
    /// Value of the error rate at the threshold, 0 to 1.
    pub value: f64,
    /// Threshold in the unit of the score.
    pub threshold: f64,
    /// Share of targets (mated comparisons, bona fide presentations) below the threshold.
    pub rejected: f64,
    /// Remark on the validity of the threshold, or empty.
    pub remark: String,
}

impl Entry {
    /// Entry without results; `set` is the name of the data in the fragment.
    #[must_use]
    pub fn new(subject: &Subject, set: &str, trials: &Trials) -> Self {
        let (targets, non_targets) = (trials.count(true), trials.count(false));
        Self {
            subject: subject.clone(),
            set: set.to_owned(),
            source: format!("oz calibrate, {targets} targets, {non_targets} non-targets"),
            points: Vec::new(),
            likelihood_ratio: None,
            calibration: None,
        }
    }
}

/// Adds thresholds of false match rates: the powers of ten from 1e-1 to 1e-5 that the data supports with ten
/// errors, and the `requested` ones.
///
/// The threshold of a requested rate that is not supported is extrapolated by up to two decades, which its
/// remark states: similarity is taken as linear in the logarithm of the rate.
///
/// # Errors
/// `config.invalid` for a rate outside 0 to 1 or beyond the extrapolation.
pub fn add_fmr_points(entry: &mut Entry, trials: &Trials, requested: &[f64]) -> Result<()> {
    let curve = trials.curve();
    let non_mated = trials.count(false) as f64;
    let supported = RATES.into_iter().filter(|rate| rate * non_mated >= FEWEST_ERRORS);
    let mut rates: Vec<f64> = supported.chain(requested.iter().copied()).collect();
    rates.sort_by(|a, b| b.total_cmp(a));
    rates.dedup();

    for rate in rates {
        let (threshold, remark) = threshold_at(&curve, non_mated, rate)?;
        let rejected = curve.fnmr(threshold);
        entry.points.push(Point { metric: "fmr", value: rate, threshold, rejected, remark });
    }
    Ok(())
}

/// Adds thresholds of false positive identification rates in a gallery of `gallery` identities.
///
/// The FPIR is converted to the FMR of a single comparison, 1 - (1 - FPIR)^(1/N), whose threshold is
/// determined as by [`add_fmr_points`].
///
/// # Errors
/// `config.invalid` as for [`add_fmr_points`]; `input.invalid_value` for an FPIR outside 0 to 1.
pub fn add_fpir_points(entry: &mut Entry, trials: &Trials, fpirs: &[f64], gallery: usize) -> Result<()> {
    let curve = trials.curve();
    for &fpir in fpirs {
        let fmr = fmr_for_fpir(fpir, gallery)?;
        let (threshold, remark) = threshold_at(&curve, trials.count(false) as f64, fmr)?;
        let remark = [format!("FMR {fmr:.3e} in a gallery of {gallery}"), remark];
        let remark = remark.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ");
        let rejected = curve.fnmr(threshold);
        entry.points.push(Point { metric: "fpir", value: fpir, threshold, rejected, remark });
    }
    Ok(())
}

/// Threshold of a false match rate and a remark if it is extrapolated.
fn threshold_at(curve: &ErrorCurve, non_mated: f64, rate: f64) -> Result<(f64, String)> {
    if !(rate > 0.0 && rate < 1.0) {
        return Err(Error::config(format!("the rate {rate} must be above 0 and below 1")));
    }
    if rate * non_mated >= FEWEST_ERRORS {
        return Ok((curve.at_fmr(rate)?.threshold, String::new()));
    }

    let strictest = FEWEST_ERRORS / non_mated;
    if strictest * LEVER >= 1.0 || strictest > rate * FURTHEST {
        let detail = format!(
            "{non_mated} non-mated comparisons are too few for FMR {rate:e}, even with extrapolation; \
             use more, e.g. with --all-pairs"
        );
        return Err(Error::config(detail));
    }

    let (near, far) = (curve.at_fmr(strictest)?, curve.at_fmr(strictest * LEVER)?);
    let threshold = extrapolated(&near, &far, strictest, rate);
    let remark = format!(
        "extrapolated from FMR {:.1e} and {:.1e}: {:.1} errors expected above the threshold, 10 required",
        strictest * LEVER,
        strictest,
        rate * non_mated
    );
    Ok((threshold, remark))
}

/// Threshold at `rate` on the line of the threshold over the logarithm of the rate through two points of the
/// curve.
fn extrapolated(near: &CurvePoint, far: &CurvePoint, strictest: f64, rate: f64) -> f64 {
    let decades = (strictest / rate).log10();
    near.threshold + decades / LEVER.log10() * (near.threshold - far.threshold)
}

/// Adds thresholds of a PAD score: of the equal error rate, of the APCER (worst species) and of the BPCER.
///
/// An empty list of rates stands for 1 %, 5 % and 10 %.
///
/// # Errors
/// `input.invalid_value` for a rate outside 0 to 1.
pub fn add_pad_points(entry: &mut Entry, trials: &PadTrials, apcers: &[f64], bpcers: &[f64]) -> Result<()> {
    const RATES: &[f64] = &[0.01, 0.05, 0.1];
    let curves = trials.curves();
    let mut add = |metric, value, threshold| {
        let (species, apcer) = curves.worst_apcer(threshold);
        let remark = format!("APCER {apcer:.4} ({species}), BPCER {:.4}", curves.bpcer(threshold));
        entry.points.push(Point { metric, value, threshold, rejected: curves.bpcer(threshold), remark });
    };

    let eer = curves.eer();
    add("eer", eer.rate, eer.threshold);
    for &apcer in if apcers.is_empty() { RATES } else { apcers } {
        add("apcer", apcer, curves.at_apcer(apcer)?.threshold);
    }
    for &bpcer in if bpcers.is_empty() { RATES } else { bpcers } {
        add("bpcer", bpcer, curves.at_bpcer(bpcer)?.threshold);
    }
    Ok(())
}

/// Logits of scores from 0 to 1, clamped to 1e-6..=1 - 1e-6: on this scale a log-likelihood ratio is about
/// linear.
///
/// # Errors
/// `input.invalid_value` for trials that are not valid.
pub fn logits(trials: &Trials) -> Result<Trials> {
    const CERTAIN: f64 = 1e-6;
    let logit = |trial: &Trial| {
        let score = trial.score.clamp(CERTAIN, 1.0 - CERTAIN);
        Trial { score: (score / (1.0 - score)).ln(), ..*trial }
    };
    Ok(Trials::new(trials.rising().iter().map(logit).collect())?)
}

impl Fragment {
    /// Content of the file, in TOML.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut text = String::from(
            "# Generated by `oz calibrate`.\n\
             # Extractor: reference this file in the configuration, calibrations = [\"PATH\"].\n\
             # PAD model: copy the tables to the entry of the model in a custom manifest.\n\nschema = 1\n",
        );
        for entry in &self.entries {
            entry.write(&mut text);
        }
        text
    }
}

impl Entry {
    fn write(&self, text: &mut String) {
        // A JSON string is a valid TOML basic string.
        let string = |value: &str| serde_json::Value::from(value).to_string();
        let (id, engine) = (string(&self.subject.model), string(&self.subject.engine));
        let _ = write!(text, "\n[[model]]\nid = {id}\nengine = {engine}\n");
        for (name, fitted) in [("likelihood_ratio", self.likelihood_ratio), ("calibration", self.calibration)]
        {
            let Some(Fitted { fit, cllr, min_cllr }) = fitted else { continue };
            let _ = write!(text, "\n# Cllr {cllr:.4} bits, minCllr {min_cllr:.4} bits\n[model.{name}]\n");
            let _ = write!(text, "center = {:?}\nslope = {:?}\n", fit.center, fit.slope);
        }

        for point in &self.points {
            let set = if point.remark.is_empty() {
                self.set.clone()
            } else {
                format!("{}; {}", self.set, point.remark)
            };
            let _ = write!(
                text,
                "\n[[model.operating_point]]\nset = {}\nmetric = \"{}\"\nvalue = {:e}\nthreshold = {:?}\n\
                 fnmr = {:.6}\nsource = {}\n",
                string(&set),
                point.metric,
                point.value,
                point.threshold,
                point.rejected,
                string(&self.source)
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thousand() -> Trials {
        let non_mated: Vec<f64> = (0..1000).map(|i| f64::from(i) / 1000.0).collect();
        let mated: Vec<f64> = (0..100).map(|i| 0.5 + f64::from(i) / 100.0).collect();
        Trials::from_scores(&mated, &non_mated).unwrap()
    }

    fn entry() -> Entry {
        let subject = Subject { model: "a \"quoted\" model".into(), engine: "candle".into() };
        Entry::new(&subject, "toy", &thousand())
    }

    #[test]
    fn unsupported_rates_are_extrapolated() {
        let mut entry = entry();
        add_fmr_points(&mut entry, &thousand(), &[1e-3]).unwrap();
        let found: Vec<_> =
            entry.points.iter().map(|p| (p.value, (p.threshold * 1e6).round() / 1e6)).collect();
        // Ten of the thousand non-mated scores are at least 0.99; a decade corresponds to 0.09.
        assert_eq!(found, [(0.1, 0.9), (0.01, 0.99), (0.001, 1.08)]);
        assert!(entry.points[1].remark.is_empty() && entry.points[2].remark.starts_with("extrapolated"));
    }

    #[test]
    fn too_few_comparisons_and_invalid_rates_are_refused() {
        let few = Trials::from_scores(&[0.9], &[0.1, 0.2]).unwrap();
        let subject = Subject { model: "m".into(), engine: "candle".into() };
        for rate in [1e-3, 0.0, 1.0, f64::NAN] {
            let mut entry = Entry::new(&subject, "toy", &few);
            assert_eq!(add_fmr_points(&mut entry, &few, &[rate]).unwrap_err().code(), "config.invalid");
        }
        let beyond = add_fmr_points(&mut entry(), &thousand(), &[1e-5]).unwrap_err();
        assert_eq!(
            beyond.code(),
            "config.invalid",
            "a thousand comparisons support 1e-2, and 1e-4 with extrapolation"
        );
    }

    #[test]
    fn searches_have_stricter_thresholds() {
        let mut entry = entry();
        add_fpir_points(&mut entry, &thousand(), &[0.1], 10).unwrap();
        assert!(entry.points[0].threshold > 0.98, "{}", entry.points[0].threshold);
        assert!(entry.points[0].remark.contains("gallery of 10"));
    }

    #[test]
    fn quotes_in_names_are_escaped_in_toml() {
        let mut entry = entry();
        add_fmr_points(&mut entry, &thousand(), &[]).unwrap();
        entry.likelihood_ratio = Some(Fitted::new(&thousand()).unwrap());
        let text = Fragment { entries: vec![entry] }.to_toml();
        let table: toml::Table = text.parse().unwrap();
        assert_eq!(table["model"][0]["id"].as_str(), Some("a \"quoted\" model"));
        assert_eq!(table["model"][0]["operating_point"][1]["value"].as_float(), Some(0.01));
        assert!(table["model"][0]["likelihood_ratio"]["slope"].as_float().unwrap() > 0.0);
    }
}
