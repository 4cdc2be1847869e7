//! Registry of engines by name.

use std::fmt;
use std::sync::Arc;

use oz_core::inference::SessionOptions;
use oz_core::inference::port::Engine;
use oz_core::{Error, Result};

use super::{EngineConfig, EngineKind};

/// Creates an engine for sessions with these options.
type Factory = dyn Fn(&SessionOptions) -> Result<Arc<dyn Engine>> + Send + Sync;

/// Inference engines by name: the built-in ones and those of an application. Cheap to clone.
///
/// ```
/// # #[cfg(feature = "candle")] {
/// use oz_core::inference::SessionOptions;
/// use oz_models::engine::{EngineConfig, EngineKind, Engines};
///
/// let config = EngineConfig::default();
/// let engines = Engines::built_in(&config)
///     .with("candle-again", move |_options| EngineKind::Candle.create(&config))?;
/// assert_eq!(engines.names(), ["onnx", "candle", "candle-again"]);
/// assert!(engines.create("candle-again", &SessionOptions::default()).is_ok());
/// # }
/// # Ok::<(), oz_core::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Engines(Vec<(Arc<str>, Arc<Factory>)>);

impl Engines {
    /// Registry without engines.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// Registry of the built-in engines, in the order of [`EngineKind::ALL`]. Engines that are not compiled
    /// in or lack their library are registered as well; creating them is an error that states the remedy.
    #[must_use]
    pub fn built_in(config: &EngineConfig) -> Self {
        let entry = |kind: EngineKind| -> (Arc<str>, Arc<Factory>) {
            let config = config.clone();
            let create = move |options: &SessionOptions| kind.create_for(options.device, &config);
            (kind.name().into(), Arc::new(create))
        };
        Self(EngineKind::ALL.map(entry).into())
    }

    /// Adds an engine. `factory` is called for each [`Engines::create`] with the options of the sessions that
    /// will be loaded; it fails if the engine cannot start on this machine or with these options.
    ///
    /// # Errors
    /// `input.invalid_value` if `name` is taken, is `auto`, or contains other characters than `a` to `z`, `0`
    /// to `9`, `-` and `_`.
    pub fn with(
        mut self,
        name: &str,
        factory: impl Fn(&SessionOptions) -> Result<Arc<dyn Engine>> + Send + Sync + 'static,
    ) -> Result<Self> {
        self.ensure_free(name)?;
        self.0.push((name.into(), Arc::new(factory)));
        Ok(self)
    }

    /// Names of all engines, in the order of their registration.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| &**name).collect()
    }

    /// Creates the engine `name` for sessions with these options.
    ///
    /// # Errors
    /// `inference.engine_unknown` for a name that is not registered; errors of the factory, such as
    /// `inference.engine_unavailable`.
    pub fn create(&self, name: &str, options: &SessionOptions) -> Result<Arc<dyn Engine>> {
        self.factory(name).and_then(|factory| factory(options))
    }

    /// Checks that an engine is registered, without creating it.
    ///
    /// # Errors
    /// `inference.engine_unknown`; the text names the registered engines.
    pub fn ensure_known(&self, name: &str) -> Result<()> {
        self.factory(name).map(|_| ())
    }

    fn factory(&self, name: &str) -> Result<&Factory> {
        let found = self.0.iter().find(|(known, _)| **known == *name);
        found
            .map(|(_, factory)| &**factory)
            .ok_or_else(|| Error::EngineUnknown { name: name.into(), known: self.names().join(", ") })
    }

    fn ensure_free(&self, name: &str) -> Result<()> {
        let invalid = |detail: String| Err(Error::InvalidValue { name: "engine name", detail });
        let is_permitted = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';

        if name.is_empty() || !name.chars().all(is_permitted) {
            return invalid(format!("`{name}` must consist of a to z, 0 to 9, - and _"));
        }
        if name == "auto" {
            return invalid("`auto` is reserved for the automatic selection".into());
        }
        if self.names().contains(&name) {
            return invalid(format!("`{name}` is already registered"));
        }
        Ok(())
    }
}

impl fmt::Debug for Engines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Engines").field(&self.names()).finish()
    }
}

#[cfg(test)]
mod tests {
    use oz_core::inference::Device;

    use super::*;

    fn built_in() -> Engines {
        Engines::built_in(&EngineConfig::default())
    }

    fn missing(_: &SessionOptions) -> Result<Arc<dyn Engine>> {
        Err(Error::EngineUnavailable {
            name: "own".into(),
            reason: "no accelerator".into(),
            remedy: "insert one".into(),
        })
    }

    #[test]
    fn unknown_name_error_lists_built_in_and_own_engines() {
        let engines = built_in().with("own", missing).unwrap();
        let error = engines.create("tensorflow", &SessionOptions::default()).unwrap_err();
        assert_eq!(error.code(), "inference.engine_unknown");
        assert!(error.to_string().contains("onnx, candle, own"), "{error}");
    }

    #[test]
    fn names_are_unique_and_plain() {
        for name in ["candle", "auto", "", "My Engine"] {
            let error = built_in().with(name, missing).unwrap_err();
            assert_eq!(error.code(), "input.invalid_value", "{name}");
        }
        assert_eq!(Engines::empty().with("candle", missing).unwrap().names(), ["candle"]);
    }

    #[test]
    fn error_of_a_factory_is_passed_on() {
        let engines = built_in().with("own", missing).unwrap();
        let error = engines.create("own", &SessionOptions::default()).unwrap_err();
        assert!(error.to_string().contains("insert one"), "{error}");
    }

    #[test]
    fn factory_receives_the_options() {
        let echo = |options: &SessionOptions| {
            Err(Error::InferenceUnsupportedOption { name: "own".into(), option: options.device.to_string() })
        };
        let engines = Engines::empty().with("own", echo).unwrap();
        let options = SessionOptions { device: Device::Cuda(2), ..SessionOptions::default() };
        assert!(engines.create("own", &options).unwrap_err().to_string().contains("cuda:2"));
    }

    #[cfg(not(any(feature = "cuda", feature = "candle-cuda")))]
    #[test]
    fn built_in_engine_on_a_device_it_cannot_use_states_the_remedy() {
        let options = SessionOptions { device: Device::Cuda(0), ..SessionOptions::default() };
        for name in built_in().names() {
            let error = built_in().create(name, &options).unwrap_err();
            assert_eq!(error.code(), "inference.engine_unavailable", "{name}");
        }
    }
}
