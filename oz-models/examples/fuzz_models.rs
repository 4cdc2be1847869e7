//! Writes the seed corpus of the fuzz target `onnx` in `fuzz/`: one small model per operator.
//!
//! `cargo run -p oz-models --features candle --example fuzz_models`

use std::path::Path;
use std::{fs, io};

use oz_models::engine::proto::{
    GraphProto, Message as _, ModelProto, NodeProto, TensorProto, ValueInfoProto,
};

const SHAPE: [i64; 4] = [1, 4, 6, 6];

fn main() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/onnx");
    fs::create_dir_all(&folder)?;
    for node in nodes() {
        let name = format!("{}{}", node.op_type.to_lowercase(), node.name);
        let bytes = model(node);
        // A seed that is refused at once covers little code.
        oz_models::engine::candle::check(&bytes)
            .map_err(|error| io::Error::other(format!("{name}: {error}")))?;
        fs::write(folder.join(name), bytes)?;
    }
    Ok(())
}

fn model(node: NodeProto) -> Vec<u8> {
    let mut output = ValueInfoProto::f32("y", &[]);
    if let Some(tensor) = output.r#type.as_mut().and_then(|kind| kind.tensor_type.as_mut()) {
        tensor.shape = None;
    }
    let graph = GraphProto {
        name: "seed".into(),
        node: vec![NodeProto::new("Relu", &["x"], "t"), node],
        initializer: constants(),
        input: vec![ValueInfoProto::f32("x", &SHAPE.map(Into::into))],
        output: vec![output],
    };
    ModelProto::new(graph, 13).encode_to_vec()
}

fn constants() -> Vec<TensorProto> {
    let numbers = |name, dims: &[i64]| {
        TensorProto::from_f32(name, dims, &vec![0.5; dims.iter().product::<i64>() as usize])
    };
    vec![
        numbers("w", &[4, 4, 3, 3]),
        numbers("d", &[4, 1, 3, 3]),
        numbers("c", &[4]),
        numbers("s", &[4, 1, 1]),
        numbers("m", &[6, 3]),
        numbers("one", &[]),
        TensorProto::from_f32("scales", &[4], &[1.0, 1.0, 2.0, 2.0]),
        TensorProto::from_i64("flat", &[2], &[1, -1]),
        TensorProto::from_i64("four", &[4], &SHAPE),
        TensorProto::from_i64("pads", &[8], &[0, 0, 1, 1, 0, 0, 1, 1]),
        TensorProto::from_i64("zeros", &[4], &[0; 4]),
        TensorProto::from_i64("twos", &[4], &[2; 4]),
        TensorProto::from_i64("ones", &[4], &[1; 4]),
        TensorProto::from_i64("axis", &[1], &[0]),
    ]
}

fn nodes() -> Vec<NodeProto> {
    let same = |operator| NodeProto::new(operator, &["t"], "y");
    let with = |operator, inputs: &[&str]| NodeProto::new(operator, inputs, "y");
    let alone = [
        "Abs",
        "Dropout",
        "Exp",
        "Flatten",
        "GlobalAveragePool",
        "GlobalMaxPool",
        "HardSigmoid",
        "HardSwish",
        "Identity",
        "LeakyRelu",
        "Log",
        "Neg",
        "Reciprocal",
        "ReduceMean",
        "Relu",
        "Sigmoid",
        "Softmax",
        "Sqrt",
        "Tanh",
    ];
    let pairs = ["Add", "Div", "Max", "Min", "Mul", "Pow", "Sub"];
    let mut nodes: Vec<_> = alone.into_iter().map(same).collect();
    nodes.extend(pairs.into_iter().map(|operator| with(operator, &["t", "s"])));
    nodes.extend([
        with("BatchNormalization", &["t", "c", "c", "c", "c"]),
        with("Cast", &["t"]).int("to", 1),
        with("Clip", &["t", "one", "one"]),
        with("Concat", &["t", "t"]).int("axis", 1),
        with("Conv", &["t", "w", "c"]).ints("pads", &[1, 1, 1, 1]).ints("strides", &[2, 2]),
        NodeProto { name: "depthwise".into(), ..with("Conv", &["t", "d", "c"]).int("group", 4) },
        with("ConstantOfShape", &["twos"]),
        with("DepthToSpace", &["t"]).int("blocksize", 2),
        with("Expand", &["t", "four"]),
        with("Gather", &["t", "axis"]).int("axis", 1),
        with("Gemm", &["m", "m"]).int("transB", 1),
        with("MatMul", &["t", "m"]),
        with("MaxPool", &["t"]).ints("kernel_shape", &[2, 2]).ints("strides", &[2, 2]),
        with("AveragePool", &["t"]).ints("kernel_shape", &[3, 3]).ints("pads", &[1, 1, 1, 1]),
        with("PRelu", &["t", "s"]),
        with("Pad", &["t", "pads", "one"]),
        with("ReduceSum", &["t", "axis"]),
        with("Reshape", &["t", "flat"]),
        with("Resize", &["t", "", "scales"]).string("mode", "linear"),
        with("Slice", &["t", "zeros", "twos", "", "ones"]),
        with("Split", &["t"]).int("axis", 1),
        with("Squeeze", &["t", "axis"]),
        with("Transpose", &["t"]).ints("perm", &[0, 2, 3, 1]),
        with("Unsqueeze", &["t", "axis"]),
    ]);
    nodes
}
