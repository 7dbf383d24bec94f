package example;

import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** A program as it is written for DynamoDB: its client has no endpoint. */
public final class Orders {
  public static final String TABLE = "orders";
  private final DynamoDbClient dynamodb = DynamoDbClient.create();

  /** Throws ConditionalCheckFailedException where the order is there already. */
  public void place(String id, int total) {
    dynamodb.putItem(
        put ->
            put.tableName(TABLE)
                .item(
                    Map.of(
                        "id", AttributeValue.fromS(id),
                        "total", AttributeValue.fromN(String.valueOf(total))))
                .conditionExpression("attribute_not_exists(id)"));
  }

  public Optional<Integer> total(String id) {
    var found =
        dynamodb.getItem(get -> get.tableName(TABLE).key(Map.of("id", AttributeValue.fromS(id))));
    return found.hasItem()
        ? Optional.of(Integer.valueOf(found.item().get("total").n()))
        : Optional.empty();
  }

  public int count() {
    return dynamodb.scan(scan -> scan.tableName(TABLE)).count();
  }
}
