//! The commands of `docs/quickstart.md`, executed by a shell.

use std::process::Command;

use crate::server::Start;

/// The first shell block of the document.
fn commands() -> String {
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/quickstart.md")).unwrap();
    text.split("```bash\n").nth(1).unwrap().split("```").next().unwrap().to_owned()
}

#[test]
fn commands_of_the_quick_start_work() {
    let has_curl = Command::new("curl").arg("--version").output().is_ok_and(|out| out.status.success());
    if !has_curl {
        return crate::support::left_out("commands_of_the_quick_start_work", "curl is not installed");
    }
    let folder = tempfile::tempdir().unwrap();
    let server = Start::in_folder(folder.path()).run();
    let script = commands()
        .replace("OZ=http://127.0.0.1:8080", &format!("OZ={}", server.url))
        .replace("what oz serve printed", server.password.as_ref().unwrap())
        // Makes error responses fail the script.
        .replace("curl -s ", "curl -sS --fail-with-body ");
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let bash = Command::new("bash").args(["-eo", "pipefail", "-c", &script]).current_dir(root).output();
    let run = bash.unwrap();
    let (output, errors) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{output}\n{errors}");
    for expected in ["confidence_spoofing", "min_confidence", "person_id", "T-778", "image_b64"] {
        assert!(output.contains(expected), "{expected} is not in\n{output}");
    }
}
