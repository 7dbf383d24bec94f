import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.SdkPojo;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.api.RetryStrategy;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.TransactionCanceledException;
import software.amazon.awssdk.utils.builder.Buildable;
import software.amazon.dax.ClusterDaxClient;
import software.amazon.dax.Configuration;

/**
 * A driver of Java's clients: one request a line comes in, one answer a line goes out, both as JSON
 * in the form of DynamoDB's API, so that one scenario can be run through clients of any language.
 *
 * <pre>
 * {"operation": "GetItem", "input": {"TableName": ...}} or a step of the scenario: {"verb": ..., "input": {...}}
 * {"output": {...}} or {"error": {"code": ..., "message": ..., "reasons": [...]}}
 * </pre>
 *
 * The first argument is the endpoint: dax:// and daxs:// take the client of DAX, http:// and https://
 * that of DynamoDB. Region and credentials come from the environment.
 */
public final class Driver {
    private static final String MODEL = "software.amazon.awssdk.services.dynamodb.model.";

    private Driver() {}

    public static void main(String[] arguments) throws Exception {
        ObjectMapper json = new ObjectMapper();
        PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (DynamoDbClient client = connect(arguments[0])) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                Map<?, ?> asked = json.readValue(line, Map.class);
                boolean isStep = asked.containsKey("verb");
                answers.println(json.writeValueAsString(isStep ? play(client, asked) : answer(client, asked)));
            }
        }
        System.exit(0); // The client of DAX leaves threads behind.
    }

    /** Makes the client that an endpoint is for. */
    private static DynamoDbClient connect(String endpoint) throws Exception {
        Region region = Region.of(System.getenv("AWS_REGION"));
        EnvironmentVariableCredentialsProvider credentials =
                EnvironmentVariableCredentialsProvider.create();
        if (!endpoint.startsWith("dax")) {
            return DynamoDbClient.builder()
                    .endpointOverride(URI.create(endpoint))
                    .region(region)
                    .credentialsProvider(credentials)
                    .overrideConfiguration(each -> each.retryStrategy(retries()))
                    .build();
        }
        Configuration.Builder configuration =
                Configuration.builder().region(region).credentialsProvider(credentials).url(endpoint);
        return ClusterDaxClient.builder().overrideConfiguration(configuration.build()).build();
    }

    /** Enough attempts to wait until throttling is over. */
    private static RetryStrategy retries() {
        return AwsRetryStrategy.standardRetryStrategy().toBuilder().maxAttempts(10).build();
    }

    /** Answers a step of the scenario. */
    private static Map<String, Object> play(DynamoDbClient client, Map<?, ?> asked) {
        try {
            return Music.play(client, (String) asked.get("verb"), (Map<?, ?>) asked.get("input"));
        } catch (RuntimeException error) {
            return Map.of("error", described(error));
        }
    }

    /** Calls the client's method of a request's operation. */
    private static Map<String, Object> answer(DynamoDbClient client, Map<?, ?> asked) throws Exception {
        String operation = (String) asked.get("operation");
        Class<?> type = Class.forName(MODEL + operation + "Request");
        Object builder = type.getMethod("builder").invoke(null);
        Wire.read((Map<?, ?>) asked.get("input"), (SdkPojo) builder);
        String method = Character.toLowerCase(operation.charAt(0)) + operation.substring(1);
        try {
            Object answered =
                    DynamoDbClient.class
                            .getMethod(method, type)
                            .invoke(client, ((Buildable) builder).build());
            return Map.of("output", Wire.write((SdkPojo) answered));
        } catch (InvocationTargetException error) {
            return Map.of("error", described(error.getCause()));
        }
    }

    private static Map<String, Object> described(Throwable error) {
        Map<String, Object> found = new LinkedHashMap<>();
        found.put("code", error.getClass().getSimpleName());
        found.put("message", String.valueOf(error.getMessage()));
        if (error instanceof AwsServiceException ofService && ofService.awsErrorDetails() != null) {
            found.put("code", ofService.awsErrorDetails().errorCode());
            found.put("message", ofService.awsErrorDetails().errorMessage());
        }
        if (error instanceof TransactionCanceledException cancelled) {
            found.put("reasons", cancelled.cancellationReasons().stream().map(Wire::write).toList());
        }
        return found;
    }
}
