//! Programs that nobody here wrote, serving requests while calls are made in them: no request fails, and they say nothing of it.
#![expect(unsafe_code, reason = "makes system calls, and ends a child")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::{
    transparency::{Injected, any_thread, inject},
    victim::WATCHDOG,
};
use rsyscall_core::identifier::Process;
use std::{
    fs::File,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

/// A server: how it is started on a port, in a directory that is its own, and one exchange with it.
struct Server {
    command: fn(port: u16, directory: &Path) -> Command,
    request: &'static str,
    /// What the answer ends with.
    answer: &'static str,
    /// What lines of its log may contain: what it says of every request, or of its start.
    usual: &'static [&'static str],
}

const TEXT: &str = "the same text every time\n";
const GET: &str = "GET /text HTTP/1.0\r\n\r\n";

/// A port that nobody listens at.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn exchange(port: u16, server: &Server) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(WATCHDOG))?;
    stream.write_all(server.request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// Ends the server also when the test fails.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serves_on(server: &Server) {
    // Who has seen to it that these programs are there says so.
    if std::env::var_os("RSYSCALL_SERVERS").is_none() {
        return;
    }
    const INJECTIONS: u32 = 10_000;
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("text"), TEXT).unwrap();
    let log = directory.path().join("log");
    let port = free_port();
    let mut command = (server.command)(port, directory.path());
    command.current_dir(&directory).stdin(Stdio::null());
    let log_file = File::create(&log).unwrap();
    command.stdout(log_file.try_clone().unwrap()).stderr(log_file);
    let mut running = Running(command.spawn().unwrap());
    let start = Instant::now();
    while exchange(port, server).is_err() {
        assert!(start.elapsed() < WATCHDOG, "it does not serve: {}", std::fs::read_to_string(&log).unwrap());
        thread::sleep(Duration::from_millis(20));
    }
    let process = Process::from_raw(running.0.id().cast_signed());
    let (done, served) = (AtomicBool::new(false), AtomicU32::new(0));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let answer = exchange(port, server);
                    let good = answer.as_ref().is_ok_and(|answer| answer.ends_with(server.answer));
                    if !good {
                        done.store(true, Ordering::Relaxed);
                    }
                    assert!(good, "{answer:?}");
                    served.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let mut random = rand::rng();
        let mut count = 0;
        while count < INJECTIONS && !done.load(Ordering::Relaxed) {
            let injected = inject(any_thread(process, &mut random), process, &mut random);
            count += u32::from(injected != Injected::Nobody);
            thread::sleep(Duration::from_micros(500));
        }
        done.store(true, Ordering::Relaxed);
    });
    assert!(served.load(Ordering::Relaxed) > 100);
    assert_eq!(running.0.try_wait().unwrap(), None);
    // SAFETY: it is our child, and not yet waited for.
    assert_eq!(unsafe { libc::kill(process.into_raw(), libc::SIGTERM) }, 0);
    let start = Instant::now();
    while running.0.try_wait().unwrap().is_none() {
        assert!(start.elapsed() < WATCHDOG, "it does not end");
        thread::sleep(Duration::from_millis(20));
    }
    let log = std::fs::read_to_string(&log).unwrap();
    for line in log.lines() {
        assert!(server.usual.iter().any(|usual| line.contains(usual)), "{line}");
    }
}

#[test]
fn python() {
    serves_on(&Server {
        command: |port, directory| {
            let mut command = Command::new("python3");
            command.args(["-m", "http.server", "--bind", "127.0.0.1", "--directory"]);
            command.arg(directory).arg(port.to_string());
            command
        },
        request: GET,
        answer: TEXT,
        usual: &["\"GET /text HTTP/1.0\" 200 -", "Serving HTTP on"],
    });
}

#[test]
fn node() {
    serves_on(&Server {
        command: |port, _| {
            let program = format!(
                "const http = require('http'), fs = require('fs');
                 http.createServer((request, response) =>
                     fs.readFile('text', (error, text) => response.end(text))
                 ).listen({port}, '127.0.0.1')"
            );
            let mut command = Command::new("node");
            command.args(["-e", &program]);
            command
        },
        request: GET,
        answer: TEXT,
        usual: &[],
    });
}

#[test]
fn java() {
    const PROGRAM: &str = "
        import com.sun.net.httpserver.HttpServer;
        import java.net.InetSocketAddress;
        import java.nio.file.*;
        import java.util.concurrent.Executors;
        public class Text {
            public static void main(String[] arguments) throws Exception {
                var address = new InetSocketAddress(\"127.0.0.1\", Integer.parseInt(arguments[0]));
                var server = HttpServer.create(address, 0);
                server.setExecutor(Executors.newFixedThreadPool(4));
                server.createContext(\"/\", exchange -> {
                    byte[] text = Files.readAllBytes(Path.of(\"text\"));
                    exchange.sendResponseHeaders(200, text.length);
                    exchange.getResponseBody().write(text);
                    exchange.close();
                });
                server.start();
            }
        }";
    serves_on(&Server {
        command: |port, directory| {
            let path = directory.join("Text.java");
            std::fs::write(&path, PROGRAM).unwrap();
            let mut command = Command::new("java");
            command.arg(path).arg(port.to_string());
            command
        },
        request: GET,
        answer: TEXT,
        usual: &[],
    });
}

#[test]
fn redis() {
    serves_on(&Server {
        command: |port, _| {
            let mut command = Command::new("redis-server");
            command.args([
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--loglevel",
                "warning",
                "--port",
                &port.to_string(),
            ]);
            command
        },
        request: "SET key value\r\nGET key\r\nQUIT\r\n",
        answer: "+OK\r\n$5\r\nvalue\r\n+OK\r\n",
        usual: &[
            "# Server initialized",
            "overcommit_memory",
            "oO0OoO0OoO0Oo",
            "Redis is",
            "Redis version",
            "Configuration loaded",
            "_",
        ],
    });
}

#[test]
fn nginx() {
    serves_on(&Server {
        command: |port, directory| {
            let directory = directory.display();
            let configuration = format!(
                "daemon off; master_process off; pid {directory}/pid; error_log stderr warn;
                 events {{}}
                 http {{ access_log off; server {{ listen 127.0.0.1:{port}; root {directory}; }} }}"
            );
            let path = format!("{directory}/nginx.conf");
            std::fs::write(&path, configuration).unwrap();
            let mut command = Command::new("nginx");
            command.args(["-c", &path]);
            command
        },
        request: GET,
        answer: TEXT,
        usual: &[],
    });
}
