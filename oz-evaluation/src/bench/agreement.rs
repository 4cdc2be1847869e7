//! Comparison of outputs with those of the reference.

use oz::core::inference::Tensor;
use serde::Serialize;

/// Difference between the outputs of an engine and those of the reference for the same inputs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Agreement {
    /// Largest absolute difference of two values; `None` if a value is not finite or the shapes differ.
    pub max_absolute: Option<f64>,
    /// Largest difference relative to the largest magnitude in the same output of the reference; `None` as
    /// above.
    pub max_relative: Option<f64>,
    /// Largest permitted `max_relative`.
    pub tolerance: f64,
    /// Whether the difference is permitted.
    pub verdict: AgreementVerdict,
}

/// Verdict of an [`Agreement`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AgreementVerdict {
    /// The outputs agree within the tolerance.
    Agrees,
    /// The outputs differ by more than the tolerance, in number or in shape, or contain values that are not
    /// finite.
    Differs,
}

/// Absolute and relative difference.
#[derive(Clone, Copy)]
struct Difference {
    absolute: f64,
    relative: f64,
}

impl Agreement {
    /// Compares all outputs of a run.
    pub(super) fn of_outputs(reference: &[Tensor], outputs: &[Tensor], tolerance: f64) -> Self {
        if reference.len() != outputs.len() {
            return Self::new(None, tolerance);
        }
        let pairs = reference.iter().zip(outputs);
        let differences = pairs.map(|(expected, actual)| {
            (expected.shape() == actual.shape()).then(|| difference(expected.values(), actual.values()))?
        });
        let largest = differences.collect::<Option<Vec<_>>>().map(|all| {
            all.into_iter().fold(Difference { absolute: 0.0, relative: 0.0 }, |largest, each| Difference {
                absolute: largest.absolute.max(each.absolute),
                relative: largest.relative.max(each.relative),
            })
        });
        Self::new(largest, tolerance)
    }

    /// Compares two feature vectors.
    pub(super) fn of_values(reference: &[f32], values: &[f32], tolerance: f64) -> Self {
        let same_length = reference.len() == values.len();
        Self::new(same_length.then(|| difference(reference, values)).flatten(), tolerance)
    }

    fn new(difference: Option<Difference>, tolerance: f64) -> Self {
        let agrees = difference.is_some_and(|difference| difference.relative <= tolerance);
        Self {
            max_absolute: difference.map(|difference| difference.absolute),
            max_relative: difference.map(|difference| difference.relative),
            tolerance,
            verdict: if agrees { AgreementVerdict::Agrees } else { AgreementVerdict::Differs },
        }
    }
}

/// Largest difference of values in the same place; `None` if one is not finite.
fn difference(expected: &[f32], actual: &[f32]) -> Option<Difference> {
    if !expected.iter().chain(actual).all(|value| value.is_finite()) {
        return None;
    }

    let pairs = expected.iter().zip(actual);
    let absolute = pairs.map(|(&a, &b)| (f64::from(a) - f64::from(b)).abs()).fold(0.0, f64::max);
    let scale = expected.iter().map(|&value| f64::from(value).abs()).fold(0.0, f64::max);
    // Against an output that is all zero, the absolute difference is used.
    let relative = if scale > 0.0 { absolute / scale } else { absolute };
    Some(Difference { absolute, relative })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(values: &[f32]) -> Tensor {
        Tensor::new(vec![values.len()], values.to_vec()).unwrap()
    }

    fn check(reference: &[&[f32]], outputs: &[&[f32]], expected: AgreementVerdict) -> Agreement {
        let tensors = |all: &[&[f32]]| all.iter().map(|values| tensor(values)).collect::<Vec<_>>();
        let agreement = Agreement::of_outputs(&tensors(reference), &tensors(outputs), 1e-3);
        assert_eq!(agreement.verdict, expected, "{agreement:?}");
        agreement
    }

    #[test]
    fn differences_are_relative_to_the_largest_value_of_the_output() {
        let agreement = check(&[&[1000.0, 0.0]], &[&[1000.0, 0.5]], AgreementVerdict::Agrees);
        assert_eq!((agreement.max_absolute, agreement.max_relative), (Some(0.5), Some(0.0005)));
    }

    #[test]
    fn each_output_has_its_own_scale() {
        check(&[&[1000.0], &[1.0]], &[&[1000.0], &[1.5]], AgreementVerdict::Differs);
    }

    #[test]
    fn other_shapes_numbers_and_values_that_are_not_finite_differ() {
        use AgreementVerdict::Differs;
        assert_eq!(check(&[&[1.0, 2.0]], &[&[1.0]], Differs).max_absolute, None);
        check(&[&[1.0]], &[&[1.0], &[1.0]], Differs);
        check(&[&[1.0]], &[&[f32::NAN]], Differs);
        check(&[&[f32::INFINITY]], &[&[f32::INFINITY]], Differs);
        check(&[&[0.0]], &[&[0.5]], Differs);
    }

    #[test]
    fn feature_vectors_of_other_lengths_differ() {
        assert_eq!(Agreement::of_values(&[1.0], &[1.0], 1e-3).verdict, AgreementVerdict::Agrees);
        assert_eq!(Agreement::of_values(&[1.0], &[1.0, 0.0], 1e-3).verdict, AgreementVerdict::Differs);
    }
}
