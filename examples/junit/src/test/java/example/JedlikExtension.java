package example;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store.CloseableResource;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * A server of Jedlik for the whole run, rolled back after each test.
 *
 * <p>{@code @ExtendWith(JedlikExtension.class)} on a class of tests is all: clients that are made
 * without an endpoint find the server by the SDK's system properties. A parameter of the type
 * {@link Server} takes its test calls. Copy this file; it needs JUnit 5 and nothing else.
 *
 * <p>The command is {@code jedlik}, or what the variable JEDLIK_COMMAND says, such as {@code uvx
 * jedlik}.
 */
public final class JedlikExtension
    implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, ParameterResolver {
  private static final Namespace HERE = Namespace.create(JedlikExtension.class);

  @Override
  public void beforeAll(ExtensionContext context) {
    server(context).call("POST", "restore", "{\"name\": \"beginning\"}");
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    server(context).call("POST", "snapshots", "{\"name\": \"test\"}");
    server(context).call("DELETE", "requests", "");
  }

  @Override
  public void afterEach(ExtensionContext context) {
    server(context).call("DELETE", "faults", "");
    server(context).call("POST", "restore", "{\"name\": \"test\"}");
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Server.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return server(context);
  }

  /** One for the run: the root's store closes it in the end. */
  private static Server server(ExtensionContext context) {
    return context
        .getRoot()
        .getStore(HERE)
        .getOrComputeIfAbsent(Server.class, ignored -> Server.start(), Server.class);
  }

  /** A running server and its test calls: {@code jedlik manual testing}, "Other languages". */
  public static final class Server implements CloseableResource {
    private static final Duration START = Duration.ofSeconds(120);
    private final HttpClient http = HttpClient.newHttpClient();
    private final Process process;
    private final URI admin;

    private Server(Process process, URI admin) {
      this.process = process;
      this.admin = admin;
    }

    static Server start() {
      try {
        Path folder = Files.createTempDirectory("jedlik");
        Path port = folder.resolve("port");
        Path admin = folder.resolve("admin");
        String given = System.getenv().getOrDefault("JEDLIK_COMMAND", "jedlik");
        List<String> command = new ArrayList<>(List.of(given.trim().split("\\s+")));
        command.addAll(
            List.of(
                "serve", "--memory", "--port", "0", "--port-file", port.toString(), "--testing",
                "--admin-port", "0", "--admin-port-file", admin.toString()));
        ProcessBuilder builder =
            new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().remove("JEDLIK_COMMAND"); // it is none of the server's
        Process process = builder.start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
        String endpoint = "http://127.0.0.1:" + read(port, process);
        System.setProperty("aws.endpointUrlDynamoDb", endpoint);
        System.setProperty("aws.endpointUrlDynamoDbStreams", endpoint);
        System.setProperty("aws.accessKeyId", "jedlik");
        System.setProperty("aws.secretAccessKey", "jedlik");
        System.setProperty("aws.region", "us-east-1");
        URI calls = URI.create("http://127.0.0.1:" + read(admin, process) + "/testing/");
        Server server = new Server(process, calls);
        server.call("POST", "snapshots", "{\"name\": \"beginning\"}");
        return server;
      } catch (IOException error) {
        throw new IllegalStateException("no server could be started", error);
      }
    }

    /** Sends a test call, such as {@code call("POST", "clock", "{\"advance\": 3600}")}. */
    public String call(String method, String path, String body) {
      try {
        var request =
            HttpRequest.newBuilder(admin.resolve(path))
                .method(method, BodyPublishers.ofString(body))
                .build();
        var answer = http.send(request, BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
          throw new IllegalStateException(method + " " + path + ": " + answer.body());
        }
        return answer.body();
      } catch (IOException error) {
        throw new IllegalStateException(method + " " + path, error);
      } catch (InterruptedException error) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(error);
      }
    }

    /** Creates tables and puts items as a file says: a template, a model, CSV. */
    public void seed(Path file) {
      try {
        call("POST", "seed?name=" + file.getFileName(), Files.readString(file));
      } catch (IOException error) {
        throw new IllegalStateException(error);
      }
    }

    @Override
    public void close() throws InterruptedException {
      process.destroy();
      if (!process.waitFor(15, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    }

    /** What the server wrote into a file, once it answers. */
    private static String read(Path file, Process process) throws IOException {
      Instant deadline = Instant.now().plus(START);
      while (!Files.exists(file) || Files.size(file) == 0) {
        if (!process.isAlive()) {
          throw new IOException("the server ended with exit code " + process.exitValue());
        }
        if (Instant.now().isAfter(deadline)) {
          process.destroyForcibly();
          throw new IOException("the server does not answer");
        }
        try {
          Thread.sleep(10);
        } catch (InterruptedException error) {
          Thread.currentThread().interrupt();
          throw new IOException(error);
        }
      }
      return Files.readString(file).trim();
    }
  }
}
