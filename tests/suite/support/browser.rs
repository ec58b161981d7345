//! A real browser without a window, spoken to in its own protocol over two pipes. Knows nothing of the pages it shows.

use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Stdio};

use super::{Bench, missing};

/// How a page is looked at.
#[derive(Clone, Copy)]
pub(crate) struct View {
    pub(crate) width: u32,
    pub(crate) dark: bool,
}

pub(crate) const DESKTOP: View = View {
    width: 1200,
    dark: false,
};
pub(crate) const PHONE: View = View {
    width: 390,
    dark: true,
};

/// A browser that shows one page.
pub(crate) struct Browser {
    child: Child,
    to: File,
    from: BufReader<File>,
    session: String,
    next: u64,
    /// What the page complained of, and what it asked the network for.
    pub(crate) complaints: Vec<String>,
}

/// The browser's name on this machine; where there is none, the test says that it is skipped.
fn program() -> Option<&'static str> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = names
        .into_iter()
        .find(|name| std::env::split_paths(&path).any(|folder| folder.join(name).is_file()));
    if found.is_none() {
        missing("no chromium on this machine");
    }
    found
}

impl Browser {
    /// Opens a file of the bench; none where there is no browser.
    pub(crate) fn open(bench: &Bench, file: &str, view: View) -> Option<Self> {
        let program = program()?;
        let _ = bench
            .shell(".", "mkfifo browser-in browser-out")
            .ends_with(0);
        // A browser that runs as root has no sandbox of its own.
        let script = format!(
            "exec {program} --headless --no-sandbox --disable-gpu --hide-scrollbars --disable-dev-shm-usage --no-first-run \
             --user-data-dir=browser --remote-debugging-pipe 3<browser-in 4>browser-out"
        );
        let child = bench
            .command("sh")
            .args(["-c", &script])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let to = File::options()
            .write(true)
            .open(bench.path("browser-in"))
            .unwrap();
        let from = BufReader::new(File::open(bench.path("browser-out")).unwrap());
        let mut browser = Browser {
            child,
            to,
            from,
            session: String::new(),
            next: 0,
            complaints: Vec::new(),
        };
        browser.show(bench, file, view);
        Some(browser)
    }

    fn show(&mut self, bench: &Bench, file: &str, view: View) {
        let target = self.ask("Target.createTarget", json!({"url": "about:blank"}));
        let about = json!({"targetId": target["targetId"], "flatten": true});
        let session = self.ask("Target.attachToTarget", about);
        self.session = session["sessionId"].as_str().unwrap().to_owned();
        for domain in [
            "Page.enable",
            "Runtime.enable",
            "Log.enable",
            "Network.enable",
        ] {
            self.ask(domain, json!({}));
        }
        let size = json!({"width": view.width, "height": 844, "deviceScaleFactor": 1, "mobile": view.width < 600});
        self.ask("Emulation.setDeviceMetricsOverride", size);
        let scheme = if view.dark { "dark" } else { "light" };
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}, {"name": "prefers-reduced-motion", "value": "reduce"}]});
        self.ask("Emulation.setEmulatedMedia", features);
        let url = format!("file://{}", bench.path(file).display());
        self.ask("Page.navigate", json!({"url": url}));
        while self.read()["method"] != "Page.loadEventFired" {}
    }

    /// What an expression of the page comes to, as JSON.
    pub(crate) fn value(&mut self, expression: &str) -> Value {
        let asked = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let answer = self.ask("Runtime.evaluate", asked);
        assert!(answer["exceptionDetails"].is_null(), "{answer}");
        answer["result"]["value"].clone()
    }

    /// Presses keys, one after the other, as a person does: `Tab`, `Enter`, `Escape`, arrows, or a character.
    pub(crate) fn press(&mut self, keys: &[&str]) {
        for key in keys {
            let (code, text) = match *key {
                "Tab" => (9, ""),
                "Enter" => (13, "\r"),
                "Escape" => (27, ""),
                "ArrowRight" => (39, ""),
                "ArrowLeft" => (37, ""),
                letter => (0, letter),
            };
            let mut event =
                json!({"type": "keyDown", "key": key, "windowsVirtualKeyCode": code, "text": text});
            self.ask("Input.dispatchKeyEvent", event.clone());
            event["type"] = json!("keyUp");
            self.ask("Input.dispatchKeyEvent", event);
        }
    }

    /// Presses Tab until an expression that is asked of `document.activeElement` (`it`) is true.
    pub(crate) fn tab_to(&mut self, what: &str) {
        for _ in 0..200 {
            self.press(&["Tab"]);
            let here = format!("(it => Boolean({what}))(document.activeElement)");
            if self.value(&here) == true {
                return;
            }
        }
        panic!("the keyboard does not come to {what}");
    }

    /// How many pixels the page is wider than what shows it, and what sticks out.
    pub(crate) fn sticks_out(&mut self) -> Value {
        self.value(
            "(() => { const wide = document.documentElement.scrollWidth - innerWidth; return wide <= 0 ? 0 : wide + ': ' + \
             [...document.querySelectorAll('body *')].filter(it => it.getBoundingClientRect().right > innerWidth + 1) \
             .map(it => it.outerHTML.slice(0, 80)).slice(0, 5).join(' | '); })()",
        )
    }

    /// Texts that stand out too little from their ground, with the contrast that each has: less than WCAG 2 asks for (4.5).
    pub(crate) fn faint(&mut self) -> Value {
        self.value(include_str!("contrast.js"))
    }

    /// Writes a picture of what is shown where `PATCHWRIGHT_PICTURES` names a folder, for people to look at.
    pub(crate) fn picture(&mut self, name: &str) {
        let Some(folder) = std::env::var_os("PATCHWRIGHT_PICTURES") else {
            return;
        };
        let asked = json!({"format": "png"});
        let picture = self.ask("Page.captureScreenshot", asked);
        let file = std::path::Path::new(&folder).join(format!("{name}.png.base64"));
        std::fs::write(file, picture["data"].as_str().unwrap()).unwrap();
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        let mut message = json!({"id": self.next, "method": method, "params": params});
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        self.to
            .write_all(format!("{message}\0").as_bytes())
            .unwrap();
        loop {
            let answer = self.read();
            if answer["id"] == self.next {
                assert!(answer["error"].is_null(), "{method}: {answer}");
                return answer["result"].clone();
            }
        }
    }

    fn read(&mut self) -> Value {
        let mut bytes = Vec::new();
        self.from.read_until(0, &mut bytes).unwrap();
        assert_eq!(bytes.pop(), Some(0), "the browser went away");
        let message: Value = serde_json::from_slice(&bytes).unwrap();
        let params = &message["params"];
        match message["method"].as_str().unwrap_or_default() {
            "Runtime.exceptionThrown" | "Runtime.consoleAPICalled" | "Log.entryAdded" => {
                self.complaints.push(params.to_string());
            }
            "Network.requestWillBeSent" => {
                let url = params["request"]["url"].as_str().unwrap_or_default();
                if !url.starts_with("file:") {
                    self.complaints.push(format!("it asked for {url}"));
                }
            }
            _ => {}
        }
        message
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
