import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner.AuthLocation;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;

/** A GetItem whose signature is in its query, by the SDK's signer and a plain HTTP client. */
final class Presigned {
    private static final Duration LIFETIME = Duration.ofMinutes(1);
    private static final String TARGET = "DynamoDB_20120810.GetItem";
    private static final String TYPE = "application/x-amz-json-1.0";

    private Presigned() {}

    /** Reads the item of a key by a request that was signed so many seconds ago. */
    static Map<String, Object> read(String table, Map<String, Object> key, int age) {
        try {
            ObjectMapper json = new ObjectMapper();
            String body = json.writeValueAsString(Map.of("TableName", table, "Key", key));
            HttpRequest request =
                    HttpRequest.newBuilder(signed(body, age))
                            .header("X-Amz-Target", TARGET)
                            .header("Content-Type", TYPE)
                            .POST(HttpRequest.BodyPublishers.ofString(body))
                            .build();
            HttpResponse<String> answer =
                    HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
            Map<?, ?> found = json.readValue(answer.body(), Map.class);
            if (found.get("__type") instanceof String kind) {
                String code = kind.substring(kind.indexOf('#') + 1);
                return Map.of("error", Map.of("code", code, "message", String.valueOf(found.get("message"))));
            }
            Object item = found.get("Item");
            return Map.of("output", item == null ? Map.of() : Map.of("item", item));
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        } catch (InterruptedException error) {
            throw new IllegalStateException(error);
        }
    }

    private static URI signed(String body, int age) {
        SdkHttpRequest request =
                SdkHttpRequest.builder()
                        .method(SdkHttpMethod.POST)
                        .uri(URI.create(System.getenv("AWS_ENDPOINT_URL") + "/"))
                        .putHeader("X-Amz-Target", TARGET)
                        .putHeader("Content-Type", TYPE)
                        .build();
        Clock then = Clock.offset(Clock.systemUTC(), Duration.ofSeconds(-age));
        return AwsV4HttpSigner.create()
                .sign(signing -> signing
                        .identity(EnvironmentVariableCredentialsProvider.create().resolveCredentials())
                        .request(request)
                        .payload(ContentStreamProvider.fromUtf8String(body))
                        .putProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, "dynamodb")
                        .putProperty(AwsV4HttpSigner.REGION_NAME, System.getenv("AWS_REGION"))
                        .putProperty(AwsV4HttpSigner.AUTH_LOCATION, AuthLocation.QUERY_STRING)
                        .putProperty(AwsV4HttpSigner.EXPIRATION_DURATION, LIFETIME)
                        .putProperty(HttpSigner.SIGNING_CLOCK, then))
                .request()
                .getUri();
    }
}
