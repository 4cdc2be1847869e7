//! The fragment of a ledger that a calibration ends in.

use std::fmt::Write;

use oz::core::evaluation::{CurvePoint, ErrorCurve, PadTrials, Trial, Trials};
use oz::core::face::fmr_for_fpir;

use crate::{Error, Result};

use super::{Fitted, Subject};
use crate::verify::FEWEST_ERRORS;

/// False match rates of every fragment, from lax to strict, as far as the data carries them.
const RATES: [f64; 5] = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5];
/// Rates from which others are extrapolated have to be this far apart, so that the line has a direction.
const LEVER: f64 = 10.0;

/// Two decades beyond what was counted and no further, as in a calibration: nobody has seen what lies there.
const FURTHEST: f64 = 100.0;

/// Everything that was calibrated.
#[derive(Default)]
pub struct Fragment {
    pub entries: Vec<Entry>,
}

/// One feature space or PAD model.
pub struct Entry {
    pub subject: Subject,
    set: String,
    source: String,
    pub points: Vec<Point>,
    /// Likelihood ratios of similarities.
    pub likelihood_ratio: Option<Fitted>,
    /// The scale of a PAD score, over the logit of the score.
    pub calibration: Option<Fitted>,
}

/// A threshold for a rate.
pub struct Point {
    pub metric: &'static str,
    /// The rate that the threshold stands for.
    pub value: f64,
    pub threshold: f64,
    /// Share of targets below the threshold.
    pub rejected: f64,
    /// What a reader has to know.
    pub remark: String,
}

impl Entry {
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

/// Adds thresholds for false match rates: those of [`RATES`] that the data carries, and all that are asked for.
pub fn add_fmr_points(entry: &mut Entry, trials: &Trials, asked: &[f64]) -> Result<()> {
    let curve = trials.curve();
    let impostors = trials.count(false) as f64;
    let carried = |rate: &f64| rate * impostors >= FEWEST_ERRORS;
    let mut rates: Vec<f64> = RATES.into_iter().filter(carried).chain(asked.iter().copied()).collect();
    rates.sort_by(|a, b| b.total_cmp(a));
    rates.dedup();
    for rate in rates {
        let (threshold, remark) = threshold_at(&curve, impostors, rate)?;
        let rejected = curve.fnmr(threshold);
        entry.points.push(Point { metric: "fmr", value: rate, threshold, rejected, remark });
    }
    Ok(())
}

/// Adds thresholds for rates of searches in a gallery, by the rate of a single comparison.
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

/// The threshold of a rate: counted where enough errors lie above it, else read off the line of score over the logarithm of
/// the rate, which is said.
fn threshold_at(curve: &ErrorCurve, non_targets: f64, rate: f64) -> Result<(f64, String)> {
    if !(rate > 0.0 && rate < 1.0) {
        return Err(Error::config(format!("rate {rate} is not between 0 and 1")));
    }
    if rate * non_targets >= FEWEST_ERRORS {
        return Ok((curve.at_fmr(rate)?.threshold, String::new()));
    }
    let strict = FEWEST_ERRORS / non_targets;
    if strict * LEVER >= 1.0 || strict > rate * FURTHEST {
        let detail = format!(
            "{non_targets} comparisons of different people are too few to tell FMR {rate:e}, even by extrapolation; \
             take more, such as --all-pairs gives"
        );
        return Err(Error::config(detail));
    }
    let (near, far) = (curve.at_fmr(strict)?, curve.at_fmr(strict * LEVER)?);
    let threshold = extrapolated(&near, &far, strict, rate);
    let remark = format!(
        "extrapolated: {:.1} errors are expected above it, 10 are needed; line through FMR {:.1e} and {:.1e}",
        rate * non_targets,
        strict * LEVER,
        strict
    );
    Ok((threshold, remark))
}

fn extrapolated(near: &CurvePoint, far: &CurvePoint, strict: f64, rate: f64) -> f64 {
    let decades = (strict / rate).log10();
    near.threshold + decades / LEVER.log10() * (near.threshold - far.threshold)
}

/// Adds thresholds of a PAD score: that of equal errors, and those for the rates asked for.
pub fn add_pad_points(entry: &mut Entry, trials: &PadTrials, apcers: &[f64], bpcers: &[f64]) -> Result<()> {
    let curves = trials.curves();
    let mut add = |metric, value, threshold| {
        let (species, apcer) = curves.worst_apcer(threshold);
        let remark = format!("APCER {apcer:.4} ({species}), BPCER {:.4}", curves.bpcer(threshold));
        entry.points.push(Point { metric, value, threshold, rejected: curves.bpcer(threshold), remark });
    };
    let eer = curves.eer();
    add("eer", eer.rate, eer.threshold);
    for &apcer in if apcers.is_empty() { &[0.01, 0.05, 0.1][..] } else { apcers } {
        add("apcer", apcer, curves.at_apcer(apcer)?.threshold);
    }
    for &bpcer in if bpcers.is_empty() { &[0.01, 0.05, 0.1][..] } else { bpcers } {
        add("bpcer", bpcer, curves.at_bpcer(bpcer)?.threshold);
    }
    Ok(())
}

/// Scores between 0 and 1 as log-odds, in which a linear scale makes sense; certainty is taken as one in a million.
pub fn logits(trials: &Trials) -> Result<Trials> {
    const CERTAIN: f64 = 1e-6;
    let logit = |trial: &Trial| {
        let score = trial.score.clamp(CERTAIN, 1.0 - CERTAIN);
        Trial { score: (score / (1.0 - score)).ln(), ..*trial }
    };
    Ok(Trials::new(trials.rising().iter().map(logit).collect())?)
}

impl Fragment {
    /// The file.
    pub fn to_toml(&self) -> String {
        let mut text = String::from(
            "# Made by `oz calibrate`. For an extractor: calibrations = [\"THIS FILE\"] in the configuration.\n\
             # For a PAD model: the tables belong into the model's entry of an own manifest.\n\nschema = 1\n",
        );
        for entry in &self.entries {
            entry.write(&mut text);
        }
        text
    }
}

impl Entry {
    fn write(&self, text: &mut String) {
        // What JSON escapes in a text, and how, is what TOML understands too.
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
                "\n[[model.operating_point]]\nset = {}\nmetric = \"{}\"\nvalue = {:e}\nthreshold = {:?}\nfnmr = {:.6}\nsource = {}\n",
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
        let impostors: Vec<f64> = (0..1000).map(|i| f64::from(i) / 1000.0).collect();
        let genuine: Vec<f64> = (0..100).map(|i| 0.5 + f64::from(i) / 100.0).collect();
        Trials::from_scores(&genuine, &impostors).unwrap()
    }

    fn entry() -> Entry {
        let subject = Subject { model: "a \"quoted\" model".into(), engine: "candle".into() };
        Entry::new(&subject, "toy", &thousand())
    }

    #[test]
    fn rates_are_counted_where_the_data_carries_them_and_extrapolated_beyond() {
        let mut entry = entry();
        add_fmr_points(&mut entry, &thousand(), &[1e-3]).unwrap();
        let found: Vec<_> =
            entry.points.iter().map(|p| (p.value, (p.threshold * 1e6).round() / 1e6)).collect();
        // Ten in a thousand lie at .99 and above; a decade costs .09.
        assert_eq!(found, [(0.1, 0.9), (0.01, 0.99), (0.001, 1.08)]);
        assert!(entry.points[1].remark.is_empty() && entry.points[2].remark.starts_with("extrapolated"));
    }

    #[test]
    fn too_few_comparisons_and_odd_rates_are_refused() {
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
            "a thousand carry 1e-2, and two decades more by extrapolation"
        );
    }

    #[test]
    fn searches_ask_for_stricter_thresholds() {
        let mut entry = entry();
        add_fpir_points(&mut entry, &thousand(), &[0.1], 10).unwrap();
        assert!(entry.points[0].threshold > 0.98, "{}", entry.points[0].threshold);
        assert!(entry.points[0].remark.contains("gallery of 10"));
    }

    #[test]
    fn fragments_are_toml_whatever_the_names() {
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
