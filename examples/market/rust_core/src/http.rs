use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::Duration;
use tracing::info;

#[derive(Serialize)]
struct Health {
    service: &'static str,
    version: &'static str,
    status: &'static str,
}

/// Runs a service: its own routes and `GET /health`, on the port that the environment names in `PORT` (default 8080).
/// Called with the argument `health` it asks the running service instead and answers by its exit code, so that an
/// image needs no other program for its health check.
pub async fn serve(service: &'static str, version: &'static str, routes: Router) -> ExitCode {
    let port = match port_from(std::env::var("PORT").ok().as_deref()) {
        Ok(port) => port,
        Err(text) => {
            eprintln!("{service}: PORT=`{text}` is not a port number");
            return ExitCode::from(2);
        }
    };
    if std::env::args().nth(1).as_deref() == Some("health") {
        return ask_health(port);
    }
    tracing_subscriber::fmt().with_env_filter(filter()).with_ansi(false).init();
    match run(service, version, port, routes).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{service}: cannot serve on port {port}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The service's name from the environment where several containers run the same program (`SHARD_ID`, for example).
pub fn name_from_env(variable: &str, default: &str) -> String {
    std::env::var(variable).ok().filter(|name| !name.is_empty()).unwrap_or_else(|| default.to_owned())
}

async fn run(service: &'static str, version: &'static str, port: u16, routes: Router) -> std::io::Result<()> {
    let health = move || async move { Json(Health { service, version, status: "ok" }) };
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).await?;
    info!(service, version, address = %listener.local_addr()?, "listening");
    axum::serve(listener, routes.route("/health", get(health))).with_graceful_shutdown(stop_asked()).await
}

/// Ends when the container is told to stop. Process 1 has no default action for SIGTERM.
async fn stop_asked() {
    use tokio::signal::unix::{signal, SignalKind};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

fn filter() -> tracing_subscriber::EnvFilter {
    tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into())
}

fn port_from(text: Option<&str>) -> Result<u16, String> {
    match text {
        None | Some("") => Ok(8080),
        Some(text) => text.parse().map_err(|_| text.to_owned()),
    }
}

fn ask_health(port: u16) -> ExitCode {
    match health_answer(port) {
        Ok(answer) if answer.starts_with("HTTP/1.1 200") => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn health_answer(port: u16) -> std::io::Result<String> {
    let limit = Duration::from_secs(2);
    let mut stream = TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), limit)?;
    stream.set_read_timeout(Some(limit))?;
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(4096).read_to_string(&mut answer)?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_has_a_default_and_refuses_nonsense() {
        assert_eq!(port_from(None), Ok(8080));
        assert_eq!(port_from(Some("9001")), Ok(9001));
        assert_eq!(port_from(Some("70000")), Err("70000".to_owned()));
    }
}
