//! `oz evaluate` and `oz calibrate` as programs.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../tests/support/mod.rs"]
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use oz::Image;
use serde_json::Value;

/// Folder of labelled images. The fixtures contain one face: the similarities of its altered images are real,
/// the identities in the manifests are invented.
struct Scene(tempfile::TempDir);

impl Scene {
    fn new() -> Self {
        let scene = Self(tempfile::tempdir().unwrap());
        let portrait = support::shared_oz().decode(support::portrait()).unwrap();
        let altered = |change: fn([u8; 3]) -> [u8; 3]| {
            Image::from_fn(portrait.width(), portrait.height(), |x, y| change(portrait.pixel(x, y)))
        };

        scene.picture("plain.png", &portrait);
        scene.picture("bright.png", &altered(|rgb| rgb.map(|c| c.saturating_add(30))));
        scene.picture("dark.png", &altered(|rgb| rgb.map(|c| c / 2)));
        scene.picture("odd.png", &altered(|[r, g, b]| [b, (g & 0xC0) + 32, r & 0xC0]));
        scene.picture("wall.png", &Image::from_fn(320, 240, |x, y| [(x / 2) as u8, (y / 2) as u8, 90]));
        scene.text("damaged.png", "not a picture");
        scene
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn arg(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    fn picture(&self, name: &str, image: &Image) {
        fs::write(self.path(name), oz::media::encode_png(image).unwrap()).unwrap();
    }

    fn text(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// Runs `oz evaluate KIND MANIFEST --out OUT` on candle, which needs no native library, with 50
    /// bootstrap samples.
    fn evaluate(&self, kind: &str, manifest: &str, out: &str, more: &[&str]) -> Output {
        let (manifest, out) = (self.arg(manifest), self.arg(out));
        let own = ["evaluate", kind, &manifest, "--out", &out, "--engine", "candle", "--replicates", "50"];
        oz(&[&own, more].concat())
    }

    fn metrics(&self, out: &str) -> Value {
        serde_json::from_slice(&fs::read(self.path(out).join("metrics.json")).unwrap()).unwrap()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }
}

const PAIRS: &str = "file_a,file_b,same,set,note\nplain.png,bright.png,1,a,x\nplain.png,dark.png,1,b,\
                     \nbright.png,dark.png,1,a,\nplain.png,odd.png,0,a,\nbright.png,odd.png,0,b,\
                     \nplain.png,wall.png,1,a,\ndark.png,damaged.png,0,a,\"one, two\"\n";

fn oz(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_oz")).args(arguments).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[track_caller]
fn assert_code(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "{}", stderr(output));
}

fn value(metrics: &Value) -> f64 {
    metrics["value"].as_f64().unwrap()
}

#[test]
fn verification_yields_metrics_and_scores() {
    let scene = Scene::new();
    scene.text("pairs.csv", PAIRS);
    assert_code(&scene.evaluate("verify", "pairs.csv", "out", &[]), 0);

    let document = scene.metrics("out");
    assert_eq!((&document["schema"], &document["kind"]), (&"oz.evaluation/1".into(), &"verify".into()));
    let found = &document["variants"][0];
    assert_eq!((&found["counts"]["mated"], &found["counts"]["non_mated"]), (&3.into(), &2.into()));
    assert_eq!(found["counts"]["pairs_failed"], 2);
    assert_eq!(found["failures"], serde_json::json!({"analysis.no_face": 1, "media.unsupported_type": 1}));
    assert_eq!(value(&found["metrics"]["eer"]), 0.0, "changes of colour are less similar than of brightness");
    assert!((value(&found["metrics"]["fta"]) - 2.0 / 6.0).abs() < 1e-12);
    assert!(value(&found["metrics"]["frr"]) >= 0.25, "one mated pair of four could not be compared");
    let extractor =
        found["models"].as_array().unwrap().iter().find(|m| m["id"] == "mobilefacenet_192").unwrap();
    assert_eq!(extractor["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(found["sets"]["b"]["counts"]["mated"], 1);

    let scores = support::csv(&scene.path("out").join("scores.csv"));
    assert_eq!((scores.len(), scores[0]["note"].as_str()), (7, "x"));
    assert_eq!(scores[5]["failure"], "analysis.no_face");
    assert!(scores[0]["similarity"].parse::<f64>().unwrap() > 0.5);
}

/// All pairs of `data-metric` and `data-value` in a page.
fn numbers_in(page: &str) -> Vec<(String, f64)> {
    let quoted = |text: &str| text.split_once('"').unwrap().0.to_owned();
    let found = page.split("data-metric=\"").skip(1);
    found
        .map(|text| (quoted(text), quoted(text.split_once("data-value=\"").unwrap().1).parse().unwrap()))
        .collect()
}

/// All metrics in a document, at any depth.
fn numbers_of(document: &Value, found: &mut Vec<(String, f64)>) {
    let Some(fields) = document.as_object() else {
        document.as_array().into_iter().flatten().for_each(|part| numbers_of(part, found));
        return;
    };
    for (name, field) in fields {
        match field.get("interval") {
            Some(_) => found.push((name.clone(), value(field))),
            None => numbers_of(field, found),
        }
    }
}

#[test]
fn report_shows_the_numbers_of_the_document() {
    let scene = Scene::new();
    scene.text("pairs.csv", PAIRS);
    assert_code(&scene.evaluate("verify", "pairs.csv", "out", &[]), 0);

    let page = scene.read("out/report.html");
    let (shown, mut known) = (numbers_in(&page), Vec::new());
    numbers_of(&scene.metrics("out"), &mut known);
    assert!(known.len() > 15, "{known:?}");
    let sorted = |mut numbers: Vec<(String, f64)>| {
        numbers.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        numbers
    };
    let (shown, known) = (sorted(shown), sorted(known));
    assert_eq!(shown.len(), known.len());
    for (shown, known) in shown.iter().zip(&known) {
        assert!(shown.0 == known.0 && (shown.1 - known.1).abs() < 1e-12, "{shown:?} {known:?}");
    }

    assert!(!page.contains("<script") && !page.contains("http"), "the page has no external resources");
    assert!(page.contains("<svg") && page.contains("prefers-color-scheme: dark"));
}

#[test]
fn interrupted_evaluation_continues_where_it_stopped() {
    let scene = Scene::new();
    scene.text("pairs.csv", PAIRS);
    let part = scene.evaluate("verify", "pairs.csv", "parts", &["--limit", "3"]);
    assert_code(&part, 1);
    assert!(stderr(&part).contains("3 files left") && !scene.path("parts/metrics.json").exists());

    let work = scene.path("parts/work.jsonl");
    // Simulates a kill while the fourth answer is written.
    let torn = scene.read("parts/work.jsonl") + "{\"variant\":\"candle\",\"unit\":5,\"outc";
    fs::write(&work, &torn).unwrap();
    // If a file were processed again, it would now fail.
    scene.text("plain.png", &"x".repeat(fs::metadata(scene.path("plain.png")).unwrap().len() as usize));
    assert_code(&scene.evaluate("verify", "pairs.csv", "parts", &["--jobs", "1"]), 0);
    assert!(!fs::read_to_string(&work).unwrap().contains("\"values\""), "features are removed at the end");
    let resumed = scene.metrics("parts");
    assert_eq!(resumed["variants"][0]["counts"]["files_failed"], 2);

    // The metrics of a finished evaluation are computed again without processing any file.
    scene.text("bright.png", &"x".repeat(fs::metadata(scene.path("bright.png")).unwrap().len() as usize));
    assert_code(&scene.evaluate("verify", "pairs.csv", "parts", &[]), 0);
    assert_eq!(scene.metrics("parts"), resumed);

    let whole = Scene::new();
    whole.text("pairs.csv", PAIRS);
    assert_code(&whole.evaluate("verify", "pairs.csv", "whole", &[]), 0);
    assert_eq!(whole.metrics("whole"), resumed, "an interruption does not change the results");
}

#[test]
fn work_file_of_another_evaluation_is_refused() {
    let scene = Scene::new();
    scene.text("pairs.csv", PAIRS);
    assert_code(&scene.evaluate("verify", "pairs.csv", "out", &["--limit", "1"]), 1);
    scene.text("pairs.csv", &PAIRS.replace("dark.png,1,a", "dark.png,0,a"));
    let refused = scene.evaluate("verify", "pairs.csv", "out", &["--limit", "1"]);
    assert_code(&refused, 2);
    assert!(stderr(&refused).contains("--fresh") && stderr(&refused).contains("config.invalid"));
    assert_code(&scene.evaluate("verify", "pairs.csv", "out", &["--limit", "1", "--fresh"]), 1);
}

#[test]
fn invalid_manifests_are_refused_with_line_and_reason() {
    let scene = Scene::new();
    for (kind, text, code, reason) in [
        ("pad", &b"file\nplain.png\n"[..], 2, "column `label` is missing"),
        ("pad", b"file,label\nplain.png,maybe\n", 2, "line 2: the label `maybe`"),
        ("pad", b"file,label\n", 2, "no rows"),
        ("pad", b"", 2, "no rows"),
        ("pad", b"file,label\nplain.png,live\nplain.png,live\n", 2, "line 3: duplicate of line 2"),
        ("pad", b"file,label\nplain.png,\xFF\xFE\n", 2, "not UTF-8"),
        ("pad", b"file,label\nplain.png,live,x\n", 2, "line 2: 3 cells"),
        ("pad", b"file,label\nnowhere.png,live\n", 1, "nowhere.png"),
        ("verify", b"file_a,file_b,same\nplain.png,dark.png,perhaps\n", 2, "`perhaps` is neither"),
        ("identify", b"file,identity,role\nplain.png,ann,gallery\n", 2, "no row has the role `probe`"),
    ] {
        fs::write(scene.path("bad.csv"), text).unwrap();
        let output = scene.evaluate(kind, "bad.csv", "out", &[]);
        assert_code(&output, code);
        assert!(stderr(&output).contains(reason), "{reason}: {}", stderr(&output));
        let expected = if code == 2 { "input.invalid_table" } else { "file.unreadable" };
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
    }
    assert!(!scene.path("out").exists(), "no evaluation was started");
}

#[test]
fn manifests_with_bom_crlf_and_aliases_are_read_and_filtered() {
    let scene = Scene::new();
    let text = "\u{FEFF}File,Label,Attack,Part\r\nplain.png,Bona fide,,x\r\nodd.png,fake,print,x\r\n\
                wall.png,live,,y\r\n";
    scene.text("pad.csv", text);
    assert_code(&scene.evaluate("pad", "pad.csv", "out", &["--where", "part=x"]), 0);
    let found = &scene.metrics("out")["variants"][0];
    assert_eq!(found["counts"]["presentations"], 2);
    assert_eq!(found["species"]["print"]["counts"]["attacks"], 1);
}

#[test]
fn conditions_decide_the_exit_code() {
    let scene = Scene::new();
    scene.text("pairs.csv", PAIRS);
    let code = |condition: &str| {
        let output = scene.evaluate("verify", "pairs.csv", "out", &["--fail-if", condition]);
        (output.status.code().unwrap(), stderr(&output))
    };
    assert_eq!(code("eer > 0.5").0, 0);
    let (holds, message) = code("fta >= 0.3");
    assert_eq!(holds, 4);
    assert!(message.contains("fta >= 0.3: candle is 0.33"), "{message}");
    assert_eq!(code("eer.a > 0.9").0, 0);
    assert_eq!(code("fnmr@fmr=1e-1 > 2").0, 2, "two non-mated pairs do not support that rate");
    let (unknown, message) = code("bpcer > 0.1");
    assert_eq!(unknown, 2);
    assert!(message.contains("unknown metric `bpcer`") && message.contains("fnmr"), "{message}");
    assert_eq!(code("eer above 0.1").0, 2);
}

#[test]
fn attack_rates_are_computed_by_species_for_each_variant() {
    let scene = Scene::new();
    fs::create_dir(scene.path("folder")).unwrap();
    for (from, to) in
        [("plain.png", "folder/1.png"), ("bright.png", "folder/2.png"), ("dark.png", "folder/10.png")]
    {
        fs::copy(scene.path(from), scene.path(to)).unwrap();
    }
    scene.text(
        "pad.csv",
        "file,label,set,species,identity,device\nplain.png,live,a,,ann,phone\nbright.png,live,b,,ann,phone\n\
         dark.png,spoof,a,print,ann,phone\nodd.png,spoof,b,screen,ann,tv\nfolder,live,a,,bob,phone\n\
         wall.png,spoof,b,print,ann,\nplain2.png,,a,,,\n",
    );

    let variants = ["--variant", "one=threads:1", "--variant", "two=mirrored:true"];
    assert_code(&scene.evaluate("pad", "pad.csv", "out", &variants), 0);
    let document = scene.metrics("out");
    assert_eq!(document["manifest"]["left_out"], 1);
    assert_eq!(document["variants"].as_array().unwrap().len(), 2);
    for found in document["variants"].as_array().unwrap() {
        let species: Vec<_> = found["species"].as_object().unwrap().keys().collect();
        assert_eq!(species, ["print", "screen"]);
        assert_eq!(found["verdicts"]["attack"]["no_response"], 1);
        assert_eq!((&found["counts"]["bona_fide"], &found["counts"]["attacks"]), (&3.into(), &2.into()));
        assert!((value(&found["metrics"]["apnrr"]) - 1.0 / 3.0).abs() < 1e-12);
        assert!(
            found["metrics"]["eer_mean_of_sets"].is_object()
                && found["sets"]["a"]["metrics"]["eer"].is_object()
        );
    }

    let scores = support::csv(&scene.path("out").join("scores.csv"));
    let folder = scores.iter().find(|row| row["file"] == "folder").unwrap();
    assert_eq!((folder["frames"].as_str(), folder["device"].as_str()), ("3", "phone"));
    assert!(folder.contains_key("layer_texture"));

    let without =
        scene.evaluate("pad", "pad.csv", "other", &["--score", "appearance", "--pad-models", "none"]);
    assert_code(&without, 2);
    assert!(stderr(&without).contains("--pad-models"), "{}", stderr(&without));

    assert_code(&scene.evaluate("pad", "pad.csv", "bursts", &["--burst", "2", "--where", "file!=folder"]), 0);
    assert_eq!(scene.metrics("bursts")["manifest"]["burst"], 2);
}

#[test]
fn searches_yield_identification_rates() {
    let scene = Scene::new();
    scene.text(
        "gallery.csv",
        "file,identity,role\nplain.png,ann,gallery\nodd.png,bob,gallery\nbright.png,ann,probe\n\
         dark.png,eve,probe\nwall.png,ann,probe\n",
    );
    assert_code(&scene.evaluate("identify", "gallery.csv", "out", &[]), 0);
    let found = &scene.metrics("out")["variants"][0];
    assert_eq!((&found["counts"]["gallery"], &found["counts"]["mated_searches"]), (&2.into(), &1.into()));
    assert_eq!(value(&found["metrics"]["rank_1"]), 1.0);
    assert_eq!(value(&found["metrics"]["fpir"]), 1.0, "the image labelled eve shows the face of ann");
    assert!((value(&found["metrics"]["fta"]) - 1.0 / 3.0).abs() < 1e-12);
    let scores = support::csv(&scene.path("out").join("scores.csv"));
    assert_eq!((scores.len(), scores[1]["top_identity"].as_str()), (3, "ann"));
}

#[test]
fn quality_yields_distribution_and_error_versus_discard() {
    let scene = Scene::new();
    scene.text(
        "quality.csv",
        "file,identity,label\nplain.png,ann,live\ndark.png,ann,live\nodd.png,ann,spoof\nwall.png,,\n",
    );
    assert_code(&scene.evaluate("quality", "quality.csv", "out", &[]), 0);
    let found = &scene.metrics("out")["variants"][0];
    assert_eq!((&found["counts"]["rated"], &found["counts"]["mated_comparisons"]), (&3.into(), &3.into()));
    assert!(value(&found["metrics"]["median"]) > 0.0);
    assert_eq!(found["discard"].as_array().unwrap().len(), 7);
    assert!(found["histograms"]["bona_fide"]["counts"].as_array().unwrap().len() > 10);
}

#[test]
fn calibration_from_evaluated_scores_changes_the_decision() {
    let scene = Scene::new();
    scene.text("pairs.csv", PAIRS);
    assert_code(&scene.evaluate("verify", "pairs.csv", "out", &[]), 0);
    let scores = scene.read("out/scores.csv");
    let (head, rows) = scores.split_once('\n').unwrap();
    // Seven pairs are too few: 10 000 non-mated pairs with similarities from 0 to 0.9999 are added.
    let column = head.split(',').position(|name| name == "similarity").unwrap();
    let non_mated = |at: usize| {
        let mut cells: Vec<String> = rows.lines().nth(3).unwrap().split(',').map(str::to_owned).collect();
        cells[column] = format!("{}", at as f64 / 10_000.0);
        cells.join(",") + "\n"
    };
    let many: String = (0..10_000).map(non_mated).collect();
    scene.text("scores.csv", &format!("{head}\n{rows}{many}"));

    let (input, own) = (scene.arg("scores.csv"), scene.arg("own.toml"));
    let calibrated =
        oz(&["calibrate", "verify", &input, "--out", &own, "--set", "toy people", "--fmr", "1e-4"]);
    assert_code(&calibrated, 0);
    let fragment: toml::Table = scene.read("own.toml").parse().unwrap();
    let points = fragment["model"][0]["operating_point"].as_array().unwrap();
    assert_eq!(points.len(), 4, "three supported rates and an extrapolated one");
    assert!(points[3]["set"].as_str().unwrap().starts_with("toy people; extrapolated"));

    scene.text("oz.toml", &format!("engine = \"candle\"\ncalibrations = [{own:?}]\n"));
    let (plain, dark, config) = (scene.arg("plain.png"), scene.arg("dark.png"), scene.arg("oz.toml"));
    let decide = |more: &[&str]| -> Value {
        let output = oz(&[&["compare", "--json", &plain, &dark], more].concat());
        assert_code(&output, 0);
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let (shipped, own) = (decide(&["--engine", "candle"]), decide(&["--config", &config]));
    assert_eq!(shipped["similarity"], own["similarity"]);
    assert_eq!(shipped["decision"], "match");
    assert_ne!(own["decision"], "match", "similar non-mated pairs raise the threshold: {own}");
    assert!(own["fmr"].as_f64().unwrap() > shipped["fmr"].as_f64().unwrap());

    let few = oz(&[
        "calibrate",
        "verify",
        &scene.arg("out/scores.csv"),
        "--out",
        &scene.arg("few.toml"),
        "--fmr",
        "1e-4",
    ]);
    assert_code(&few, 2);
    assert!(stderr(&few).contains("too few"), "{}", stderr(&few));
}

#[test]
fn pad_scores_are_calibrated() {
    let scene = Scene::new();
    let mut scores = String::from("kind,variant,engine,model,label,species,liveness,appearance\n");
    for at in 0..200 {
        let score = f64::from(at) / 200.0;
        scores += &format!("pad,v,candle,some_pad,bona_fide,,0.5,{}\n", 0.4 + score * 0.6);
        scores += &format!("pad,v,candle,some_pad,attack,print,0.5,{}\n", score * 0.6);
    }
    scene.text("scores.csv", &scores);
    let (input, out) = (scene.arg("scores.csv"), scene.arg("pad.toml"));
    assert_code(&oz(&["calibrate", "pad", &input, "--out", &out, "--bpcer", "0.02"]), 0);
    let fragment: toml::Table = scene.read("pad.toml").parse().unwrap();
    let model = &fragment["model"][0];
    assert_eq!(model["id"].as_str(), Some("some_pad"));
    // Scores around 0.5 support neither class, so the centre is near the logit 0.
    assert!(model["calibration"]["center"].as_float().unwrap().abs() < 0.5);
    assert!(model["calibration"]["slope"].as_float().unwrap() > 0.0);
    let metrics: Vec<_> =
        model["operating_point"].as_array().unwrap().iter().map(|p| p["metric"].as_str()).collect();
    assert!(metrics.contains(&Some("eer")) && metrics.contains(&Some("bpcer")));
    let liveness = oz(&["calibrate", "pad", &input, "--out", &out, "--score", "liveness"]);
    assert_code(&liveness, 2);
}

#[test]
fn calibration_compares_all_pairs_of_a_table() {
    let scene = Scene::new();
    scene.text("people.csv", "file,identity\nplain.png,ann\nbright.png,ann\nodd.png,bob\n");
    let (input, out) = (scene.arg("people.csv"), scene.arg("own.toml"));
    let all = ["calibrate", "verify", &input, "--all-pairs", "--engine", "candle", "--out", &out];
    assert_code(&oz(&all), 0);
    let fragment: toml::Table = scene.read("own.toml").parse().unwrap();
    assert_eq!(fragment["model"][0]["id"].as_str(), Some("mobilefacenet_192"));
    assert!(fragment["model"][0]["likelihood_ratio"]["slope"].as_float().unwrap() > 0.0);
}

#[test]
fn program_reaches_the_expected_accuracy_on_lfw() {
    let Some(data) = support::evaluation_data("program_reaches_the_expected_accuracy_on_lfw") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let (manifest, out) = (data.join("pairs.csv"), folder.path().join("out"));
    let [manifest, out] = [&manifest, &out].map(|path: &PathBuf| path.display().to_string());
    let engine = if support::oz_on("onnx").is_some() { "onnx" } else { "candle" };
    let output =
        oz(&["evaluate", "verify", &manifest, "--out", &out, "--where", "pair_id=lfw*", "--engine", engine]);
    assert_code(&output, 0);
    let text = fs::read(Path::new(&out).join("metrics.json")).unwrap();
    let found = &serde_json::from_slice::<Value>(&text).unwrap()["variants"][0];
    let eer = value(&found["metrics"]["eer"]);
    println!("{engine}: EER {eer:.4}");
    assert_eq!((&found["counts"]["mated"], &found["counts"]["non_mated"]), (&300.into(), &300.into()));
    assert!((0.0..=0.012).contains(&eer), "{eer}");
    assert!(found["metrics"]["eer"]["interval"]["high"].as_f64().unwrap() < 0.05);
}
