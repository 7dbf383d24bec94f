package example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;

@ExtendWith(JedlikExtension.class)
class OrdersTest {
  private final Orders orders = new Orders();

  @BeforeAll
  static void tables(JedlikExtension.Server jedlik) {
    jedlik.seed(Path.of("orders.json"));
  }

  @Test
  void aTestBeginsWithNoOrders() {
    assertEquals(0, orders.count());
    orders.place("1", 3);
    assertEquals(Optional.of(3), orders.total("1"));
  }

  @Test
  void andSoDoesTheNextOne() {
    assertEquals(0, orders.count());
    orders.place("1", 4);
    assertThrows(ConditionalCheckFailedException.class, () -> orders.place("1", 5));
    assertEquals(Optional.of(4), orders.total("1"));
  }

  @Test
  void anAnswerThatIsLostAfterTheCommit(JedlikExtension.Server jedlik) {
    jedlik.call(
        "POST", "faults", "{\"operation\": \"PutItem\", \"nth\": 1, \"drop\": \"after\"}");
    // The SDK tries again, and its second attempt meets the first one's item.
    assertThrows(ConditionalCheckFailedException.class, () -> orders.place("2", 1));
    assertEquals(Optional.of(1), orders.total("2"));
    String requests = jedlik.call("GET", "requests?operation=PutItem", "");
    assertEquals(2, requests.split("\"operation\"").length - 1);
  }

  @Test
  void theClockIsSetForward(JedlikExtension.Server jedlik) {
    assertTrue(jedlik.call("POST", "clock", "{\"advance\": 3600}").contains("\"settled\":true"));
  }
}
