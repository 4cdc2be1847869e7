//! The Rust examples of the documents, compiled as documentation tests.

macro_rules! documents {
    ($($name:ident = $path:literal),+ $(,)?) => {$(
        #[doc = include_str!($path)]
        struct $name;
    )+};
}

documents! {
    Readme = "../README.md",
    Library = "../docs/library.md",
    Embedding = "../docs/embedding.md",
    Engines = "../docs/engines.md",
    Conformance = "../oz-conformance/README.md",
    Core = "../oz-core/README.md",
    Evaluation = "../oz-evaluation/README.md",
    MediaReadme = "../oz-media/README.md",
    Server = "../oz-server/README.md",
}
