//! Untrusted model files: for any bytes the reader and the planner return a plan or a typed error.
#![cfg(feature = "candle")]

mod engine_support;

use oz_core::inference::port::Engine as _;
use oz_core::inference::{SessionOptions, Tensor};
use oz_models::engine::candle::{CandleEngine, check};
use oz_models::engine::proto::{GraphProto, Message as _, ModelProto, NodeProto, TensorProto};
use proptest::prelude::*;

use engine_support::{dynamic_size, load, model, pseudorandom};

fn assert_typed(bytes: &[u8]) {
    if let Err(error) = check(bytes) {
        assert!(error.code().starts_with("inference."), "{error}");
    }
}

const OPERATORS: [&str; 30] = [
    "Conv",
    "MaxPool",
    "AveragePool",
    "Reshape",
    "Transpose",
    "Slice",
    "Concat",
    "Resize",
    "DepthToSpace",
    "MatMul",
    "Gemm",
    "BatchNormalization",
    "Pad",
    "ReduceMean",
    "ReduceSum",
    "PRelu",
    "Clip",
    "Softmax",
    "Squeeze",
    "Unsqueeze",
    "Flatten",
    "Gather",
    "Shape",
    "Cast",
    "Expand",
    "ConstantOfShape",
    "Split",
    "Add",
    "Div",
    "GlobalAveragePool",
];

const ATTRIBUTES: [&str; 16] = [
    "axis",
    "axes",
    "perm",
    "pads",
    "strides",
    "kernel_shape",
    "dilations",
    "group",
    "blocksize",
    "keepdims",
    "to",
    "ceil_mode",
    "allowzero",
    "transB",
    "split",
    "start",
];

fn length() -> impl Strategy<Value = i64> {
    prop_oneof![6 => -3i64..9, 1 => any::<i64>()]
}

fn node() -> impl Strategy<Value = NodeProto> {
    let attribute =
        (prop::sample::select(&ATTRIBUTES[..]), prop::collection::vec(length(), 0..5), any::<bool>());
    let attributes = prop::collection::vec(attribute, 0..4);
    let inputs = prop::collection::vec(prop::sample::select(&["x", "a", "b", "c", "t", ""][..]), 0..5);
    (prop::sample::select(&OPERATORS[..]), inputs, attributes).prop_map(|(operator, inputs, attributes)| {
        let node = NodeProto::new(operator, &inputs, "y");
        attributes.into_iter().fold(node, |node, (name, values, single)| match values.first() {
            Some(&value) if single => node.int(name, value),
            _ => node.ints(name, &values),
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn arbitrary_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        assert_typed(&bytes);
    }

    #[test]
    fn damaged_model_is_read_or_refused(
        at in any::<prop::sample::Index>(),
        value: u8,
        end in any::<prop::sample::Index>(),
    ) {
        let mut bytes = dynamic_size().onnx.to_vec();
        let at = at.index(bytes.len());
        bytes[at] = value;
        assert_typed(&bytes);

        bytes.truncate(end.index(bytes.len()));
        assert_typed(&bytes);
    }

    #[test]
    fn arbitrary_nodes_are_planned_or_refused(
        first in node(),
        second in node(),
        dims in prop::collection::vec(1i64..6, 0..5),
        integers in prop::collection::vec(length(), 0..5),
        numbers in prop::collection::vec(1i64..5, 0..5),
    ) {
        let count = numbers.iter().product::<i64>() as usize;
        let constants = vec![
            TensorProto::from_i64("a", &[integers.len() as i64], &integers),
            TensorProto::from_f32("b", &numbers, &vec![0.5; count]),
            TensorProto::from_i64("c", &[], &[1]),
        ];

        let mut first = first;
        first.input.retain(|name| name != "t");
        first.output = vec!["t".into()];
        let model = model("any", &dims, vec![first, second], constants);
        assert_typed(&model.onnx);

        if let Ok(session) = CandleEngine::new().load(&model, &SessionOptions::default()) {
            let shape = dims.iter().map(|&length| length as usize).collect();
            // A model that was planned must run; its results are arbitrary.
            let input = pseudorandom(shape);
            prop_assert!(session.run(&[input.view()]).is_ok());
        }
    }
}

#[test]
fn unknown_operator_is_named_in_the_error() {
    let model = model("odd", &[1, 4], vec![NodeProto::new("Frobnicate", &["x"], "y")], vec![]);
    let error = check(&model.onnx).unwrap_err();
    assert_eq!(error.code(), "inference.unsupported_operator");
    assert!(error.to_string().contains("Frobnicate"), "{error}");
}

#[test]
fn small_file_cannot_request_much_memory() {
    let huge = TensorProto::from_i64("a", &[4], &[1, 1 << 20, 1 << 20, 1 << 20]);
    for operator in ["ConstantOfShape", "Expand", "Reshape"] {
        let inputs: &[&str] = if operator == "ConstantOfShape" { &["a"] } else { &["x", "a"] };
        let nodes = vec![NodeProto::new(operator, inputs, "t"), NodeProto::new("Relu", &["t"], "y")];
        let model = model("huge", &[1, 1, 1, 1], nodes, vec![huge.clone()]);
        assert_eq!(check(&model.onnx).unwrap_err().code(), "inference.invalid_model", "{operator}");
    }
}

/// Folding has a lower limit than a run, checked by shape before anything is computed.
#[test]
fn small_file_cannot_request_much_work() {
    let large = TensorProto::from_i64("a", &[3], &[400, 400, 400]);
    let one = TensorProto::from_f32("one", &[1, 1, 1], &[1.0]);
    let ends = TensorProto::from_i64("ends", &[6], &[0, 0, 0, 399, 399, 399]);
    for (operator, inputs) in
        [("ConstantOfShape", vec!["a"]), ("Expand", vec!["one", "a"]), ("Pad", vec!["one", "ends"])]
    {
        let nodes = vec![NodeProto::new(operator, &inputs, "t"), NodeProto::new("Add", &["x", "t"], "y")];
        let model = model("large", &[1], nodes, vec![large.clone(), one.clone(), ends.clone()]);
        let error = check(&model.onnx).unwrap_err().to_string();
        assert!(error.contains("[400, 400, 400] as a computed constant"), "{operator}: {error}");
    }
}

#[test]
fn huge_slice_step_selects_the_first_value() {
    let integers = |name, value| TensorProto::from_i64(name, &[1], &[value]);
    let constants =
        vec![integers("start", 0), integers("end", 2), integers("axis", 0), integers("step", i64::MAX)];
    let slice = NodeProto::new("Slice", &["x", "start", "end", "axis", "step"], "y");

    let session = load(&CandleEngine::new(), &model("far", &[2, 4], vec![slice], constants));
    let input = Tensor::new(vec![2, 4], (0..8u8).map(f32::from).collect()).unwrap();
    let output = &session.run(&[input.view()]).unwrap()[0];
    assert_eq!((output.shape(), output.values()), ([1, 4].as_slice(), [0.0, 1.0, 2.0, 3.0].as_slice()));
}

/// Small operands whose result is huge.
#[test]
fn operands_with_a_huge_result_are_refused() {
    let column = 1 << 20;
    let row = TensorProto::from_f32("row", &[1, 1 << 12], &vec![0.5; 1 << 12]);
    let cases = [
        vec![NodeProto::new("PRelu", &["x", "row"], "y")],
        // A product of computed values.
        vec![
            NodeProto::new("Transpose", &["x"], "t").ints("perm", &[1, 0]),
            NodeProto::new("MatMul", &["x", "t"], "y"),
        ],
        vec![
            NodeProto::new("Transpose", &["x"], "t").ints("perm", &[1, 0]),
            NodeProto::new("MatMul", &["t", "x"], "z"),
            NodeProto::new("Gemm", &["x", "z", "t"], "y"),
        ],
        vec![NodeProto::new("Add", &["x", "row"], "y")],
    ];

    for nodes in cases {
        let last = nodes.last().unwrap().op_type.clone();
        let model = model("blown up", &[column, 1], nodes, vec![row.clone()]);
        assert_eq!(check(&model.onnx).unwrap_err().code(), "inference.invalid_model", "{last}");
    }
}

#[test]
fn too_many_dimensions_are_refused() {
    let axes: Vec<i64> = (0..100_000).collect();
    let axes = TensorProto::from_i64("a", &[100_000], &axes);
    let unsqueeze = vec![NodeProto::new("Unsqueeze", &["x", "a"], "y")];
    let deep = model("deep", &[1, 4], unsqueeze, vec![axes]);
    assert_eq!(check(&deep.onnx).unwrap_err().code(), "inference.invalid_model");

    let constant = TensorProto::from_f32("a", &[1; 100], &[0.5]);
    let deep = model("deep", &[1, 4], vec![NodeProto::new("Mul", &["x", "a"], "y")], vec![constant]);
    assert_eq!(check(&deep.onnx).unwrap_err().code(), "inference.invalid_model");
}

#[test]
fn model_without_graph_or_outputs_is_refused() {
    for model in [ModelProto::default(), ModelProto::new(GraphProto::default(), 13)] {
        assert_eq!(check(&model.encode_to_vec()).unwrap_err().code(), "inference.invalid_model");
    }
}

#[test]
fn unsupported_size_is_a_shape_mismatch_at_run_time() {
    let session = load(&CandleEngine::new(), &dynamic_size());
    let tiny = Tensor::new(vec![1, 3, 1, 1], vec![0.0; 3]).unwrap();
    assert_eq!(session.run(&[tiny.view()]).unwrap_err().code(), "inference.shape_mismatch");
}
