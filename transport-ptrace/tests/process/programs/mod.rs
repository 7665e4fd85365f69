//! Programs that nobody here wrote, serving requests while calls are made in their threads a thousand times a second: no request
//! fails, they say nothing of it, and `/proc/PID/status` is the same afterwards.

mod serving;
mod status;

use serving::{Server, serves_on};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

const TEXT: &str = "the same text every time\n";
const GET: &[u8] = b"GET /text HTTP/1.0\r\n\r\n";

#[test]
fn python() {
    serves_on(&Server {
        name: "a web server in Python",
        command: |port, directory| {
            let mut command = Command::new("python3");
            command.args(["-m", "http.server", "--bind", "127.0.0.1", "--directory"]);
            command.arg(directory).arg(port.to_string());
            command
        },
        request: GET,
        answer: TEXT.as_bytes(),
        logged: Some("\"GET /text HTTP/1.0\" 200 -"),
    });
}

#[test]
fn node() {
    serves_on(&Server {
        name: "a web server in Node",
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
        answer: TEXT.as_bytes(),
        logged: None,
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
        name: "a web server in Java",
        command: |port, directory| {
            let path = directory.join("Text.java");
            write(&path, PROGRAM);
            let mut command = Command::new("java");
            command.arg(path).arg(port.to_string());
            command
        },
        request: GET,
        answer: TEXT.as_bytes(),
        logged: None,
    });
}

#[test]
fn go() {
    serves_on(&Server {
        name: "Caddy, a web server in Go",
        command: |port, directory| {
            let configuration = format!(
                "{{\n admin off\n auto_https off\n}}\n
                 http://:{port} {{\n bind 127.0.0.1\n root * {}\n file_server\n}}\n",
                directory.display()
            );
            let path = directory.join("Caddyfile");
            write(&path, &configuration);
            let mut command = Command::new("caddy");
            command.args(["run", "--adapter", "caddyfile", "--config"]).arg(path);
            for variable in ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"] {
                command.env(variable, directory);
            }
            command
        },
        request: GET,
        answer: TEXT.as_bytes(),
        logged: None,
    });
}

#[test]
fn nginx() {
    serves_on(&Server {
        name: "nginx",
        command: |port, directory| {
            let directory = directory.display();
            // Who may change its user would: to one who may not read the directory.
            let user = if serving::is_root() { "user root;" } else { "" };
            let configuration = format!(
                "daemon off; {user} worker_processes 2; pid {directory}/pid; error_log stderr info;
                 events {{}}
                 http {{
                     access_log off; aio threads; sendfile off;
                     server {{ listen 127.0.0.1:{port}; root {directory}; }}
                 }}"
            );
            let path = format!("{directory}/nginx.conf");
            write(Path::new(&path), &configuration);
            let mut command = Command::new("nginx");
            command.args(["-c", &path]);
            command
        },
        request: GET,
        answer: TEXT.as_bytes(),
        logged: None,
    });
}

#[test]
fn redis() {
    serves_on(&Server {
        name: "Redis",
        command: |port, _| {
            let mut command = Command::new("redis-server");
            // It writes a log of what was changed, too, in a thread of its own.
            command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "yes"]);
            command.args(["--loglevel", "verbose", "--port", &port.to_string()]);
            command
        },
        request: b"SET key value\r\nINCR count\r\nGETRANGE key 1 2\r\nGET key\r\nQUIT\r\n",
        answer: b"\r\n$2\r\nal\r\n$5\r\nvalue\r\n+OK\r\n",
        // It says how many clients there are, every now and then, and that one came.
        logged: Some(" - "),
    });
}

#[test]
fn postgresql() {
    serves_on(&Server {
        name: "PostgreSQL",
        command: |port, directory| {
            let programs = postgresql_programs();
            let cluster = directory.join("cluster");
            let mut initdb = Command::new(programs.join("initdb"));
            initdb.args(["--no-sync", "--no-locale", "--auth", "trust", "--username", "somebody"]);
            initdb.arg(&cluster).stdout(std::process::Stdio::null());
            serving::as_ordinary_user(&mut initdb, directory);
            assert!(initdb.status().is_ok_and(|status| status.success()), "there is no cluster");
            let mut command = Command::new(programs.join("postgres"));
            command.args(["-h", "127.0.0.1", "-k", "", "-p", &port.to_string(), "-D"]).arg(cluster);
            for setting in ["log_checkpoints=off", "fsync=on", "max_parallel_workers_per_gather=2"] {
                command.args(["-c", setting]);
            }
            serving::as_ordinary_user(&mut command, directory);
            command
        },
        // A startup packet, a few statements as one query, and the end; each connection has a process of its own.
        request: b"\x00\x00\x00\x29\x00\x03\x00\x00user\x00somebody\x00database\x00postgres\x00\x00\
                   Q\x00\x00\x00\xb0CREATE TEMPORARY TABLE numbers (number integer);\
                   INSERT INTO numbers SELECT generate_series(1, 1000);\
                   SELECT pg_sleep(0.001);\
                   SELECT 'the sum is ' || sum(number) FROM numbers\x00\
                   X\x00\x00\x00\x04",
        answer: b"the sum is 500500C\x00\x00\x00\x0dSELECT 1\x00Z\x00\x00\x00\x05I",
        logged: None,
    });
}

/// Debian keeps them where no path looks.
fn postgresql_programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let folders = versions.map(|version| version.path().join("bin"));
    folders.filter(|folder| folder.join("initdb").is_file()).max().unwrap_or_default()
}

fn write(path: &Path, text: &str) {
    assert!(std::fs::write(path, text).is_ok(), "{} cannot be written", path.display());
}
