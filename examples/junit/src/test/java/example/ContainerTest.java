package example;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** The same by Testcontainers; `jedlik` is the image that packaging/docker/Dockerfile makes. */
@Testcontainers(disabledWithoutDocker = true)
class ContainerTest {
  @Container
  static final GenericContainer<?> JEDLIK =
      new GenericContainer<>("jedlik")
          .withEnv("JEDLIK_INSECURE", "1")
          .withCommand("serve", "--memory")
          .withExposedPorts(8000)
          .waitingFor(Wait.forHttp("/healthcheck"));

  @Test
  void itAnswers() {
    URI endpoint = URI.create("http://" + JEDLIK.getHost() + ":" + JEDLIK.getMappedPort(8000));
    try (DynamoDbClient dynamodb =
        DynamoDbClient.builder()
            .endpointOverride(endpoint)
            .region(Region.US_EAST_1)
            .credentialsProvider(
                StaticCredentialsProvider.create(AwsBasicCredentials.create("local", "local")))
            .build()) {
      assertTrue(dynamodb.listTables().tableNames().isEmpty());
    }
  }
}
