import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider;
import software.amazon.awssdk.enhanced.dynamodb.AttributeConverterProvider;
import software.amazon.awssdk.enhanced.dynamodb.AttributeValueType;
import software.amazon.awssdk.enhanced.dynamodb.DynamoDbEnhancedClient;
import software.amazon.awssdk.enhanced.dynamodb.DynamoDbTable;
import software.amazon.awssdk.enhanced.dynamodb.Expression;
import software.amazon.awssdk.enhanced.dynamodb.Key;
import software.amazon.awssdk.enhanced.dynamodb.TableMetadata;
import software.amazon.awssdk.enhanced.dynamodb.TableSchema;
import software.amazon.awssdk.enhanced.dynamodb.document.EnhancedDocument;
import software.amazon.awssdk.enhanced.dynamodb.model.BatchGetItemEnhancedRequest;
import software.amazon.awssdk.enhanced.dynamodb.model.BatchWriteItemEnhancedRequest;
import software.amazon.awssdk.enhanced.dynamodb.model.Page;
import software.amazon.awssdk.enhanced.dynamodb.model.QueryConditional;
import software.amazon.awssdk.enhanced.dynamodb.model.ReadBatch;
import software.amazon.awssdk.enhanced.dynamodb.model.TransactGetItemsEnhancedRequest;
import software.amazon.awssdk.enhanced.dynamodb.model.TransactPutItemEnhancedRequest;
import software.amazon.awssdk.enhanced.dynamodb.model.TransactWriteItemsEnhancedRequest;
import software.amazon.awssdk.enhanced.dynamodb.model.WriteBatch;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.ExecuteStatementRequest;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.Shard;
import software.amazon.awssdk.services.dynamodb.model.ShardIteratorType;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;
import software.amazon.awssdk.services.dynamodb.streams.DynamoDbStreamsClient;

/** The steps of the scenario, as the Enhanced client does them; the plain client does the rest. */
final class Music {
    private static final String INDEX = "by-year";
    private static final int LARGEST_PART = 25;
    private static final Expression NEW =
            Expression.builder().expression("attribute_not_exists(artist)").build();

    private final DynamoDbClient plain;
    private final DynamoDbEnhancedClient enhanced;
    private final DynamoDbTable<EnhancedDocument> table;
    private final Map<?, ?> given;

    private Music(DynamoDbClient client, Map<?, ?> given) {
        this.plain = client;
        this.given = given;
        this.enhanced = DynamoDbEnhancedClient.builder().dynamoDbClient(client).build();
        TableSchema<EnhancedDocument> schema =
                TableSchema.documentSchemaBuilder()
                        .addIndexPartitionKey(TableMetadata.primaryIndexName(), "artist", AttributeValueType.S)
                        .addIndexSortKey(TableMetadata.primaryIndexName(), "song", AttributeValueType.S)
                        .addIndexPartitionKey(INDEX, "year", AttributeValueType.N)
                        .addIndexSortKey(INDEX, "song", AttributeValueType.S)
                        .attributeConverterProviders(AttributeConverterProvider.defaultProvider())
                        .build();
        this.table = enhanced.table((String) given.get("table"), schema);
    }

    /** Answers a step. */
    static Map<String, Object> play(DynamoDbClient client, String verb, Map<?, ?> given) {
        Music music = new Music(client, given);
        return switch (verb) {
            case "create" -> music.create();
            case "wait" -> music.await();
            case "drop" -> music.drop();
            case "put" -> done(() -> music.table.putItem(music.document("item")));
            case "put_new" -> done(() -> music.table.putItem(
                    request -> request.item(music.document("item")).conditionExpression(NEW)));
            case "get" -> music.get();
            case "update" -> music.update();
            case "delete" -> done(() -> music.table.deleteItem(music.key(given.get("key"))));
            case "query" -> music.query();
            case "query_index" -> music.queryIndex();
            case "scan" -> music.scan();
            case "batch_put" -> music.batchPut();
            case "batch_delete" -> music.batchDelete();
            case "batch_get" -> music.batchGet();
            case "transact_put" -> music.transactPut();
            case "transact_get" -> music.transactGet();
            case "statement" -> music.statement();
            case "stream" -> music.stream();
            case "presigned" -> music.presigned();
            default -> Map.of("unsupported", verb);
        };
    }

    private static Map<String, Object> done(Runnable call) {
        call.run();
        return Map.of("output", Map.of());
    }

    private static Map<String, Object> output(String name, Object value) {
        return Map.of("output", Map.of(name, value));
    }

    // --- Tables ---

    private Map<String, Object> create() {
        try {
            String text = Files.readString(Path.of(System.getenv("TABLE_DEFINITION")));
            CreateTableRequest.Builder request = CreateTableRequest.builder();
            Wire.read(new ObjectMapper().readValue(text, Map.class), request);
            return done(() -> plain.createTable(request.tableName(table.tableName()).build()));
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    private Map<String, Object> await() {
        plain.waiter().waitUntilTableExists(request -> request.tableName(table.tableName()));
        return output("status", table.describeTable().table().tableStatusAsString());
    }

    private Map<String, Object> drop() {
        table.deleteTable();
        plain.waiter().waitUntilTableNotExists(request -> request.tableName(table.tableName()));
        return Map.of("output", Map.of());
    }

    // --- Items ---

    private Map<String, Object> get() {
        EnhancedDocument found =
                table.getItem(request -> request.key(key(given.get("key"))).consistentRead(true));
        return found == null ? Map.of("output", Map.of()) : answered(found.toMap());
    }

    /** Updates by the Enhanced client write whole documents; single attributes are the plain one's. */
    private Map<String, Object> update() {
        Map<String, String> names = new LinkedHashMap<>();
        Map<String, AttributeValue> values = new LinkedHashMap<>();
        List<String> clauses = new ArrayList<>();
        item(given.get("set")).forEach((name, value) -> {
            names.put("#" + name, name);
            values.put(":" + name, value);
            clauses.add("#" + name + " = :" + name);
        });
        UpdateItemRequest.Builder request = UpdateItemRequest.builder();
        if (given.containsKey("if")) {
            item(given.get("if")).forEach((name, value) -> {
                values.put(":expected", value);
                request.conditionExpression(name + " = :expected");
            });
        }
        request.tableName(table.tableName())
                .key(key(given.get("key")).primaryKeyMap(table.tableSchema()))
                .updateExpression("SET " + String.join(", ", clauses))
                .expressionAttributeNames(names)
                .expressionAttributeValues(values)
                .returnValues("ALL_NEW");
        return answered(plain.updateItem(request.build()).attributes());
    }

    // --- Pages ---

    private Map<String, Object> query() {
        Key after = Key.builder().partitionValue((String) given.get("artist")).sortValue((String) given.get("after")).build();
        List<Integer> sizes = new ArrayList<>();
        List<String> songs = new ArrayList<>();
        for (Page<EnhancedDocument> page : table.query(request -> request
                .queryConditional(QueryConditional.sortGreaterThan(after))
                .scanIndexForward((Boolean) given.get("forward"))
                .limit((Integer) given.get("limit")))) {
            if (!page.items().isEmpty()) {
                sizes.add(page.items().size());
            }
            page.items().forEach(each -> songs.add(each.getString("song")));
        }
        return Map.of("output", Map.of(
                "pages", sizes, "first", songs.get(0), "last", songs.get(songs.size() - 1)));
    }

    private Map<String, Object> queryIndex() {
        Key year = Key.builder().partitionValue(Integer.valueOf((String) given.get("year"))).build();
        long count = table.index(INDEX).query(QueryConditional.keyEqualTo(year)).stream()
                .mapToLong(page -> page.items().size()).sum();
        return output("count", count);
    }

    private Map<String, Object> scan() {
        Expression filter = Expression.builder().expression("artist = :a")
                .putExpressionValue(":a", AttributeValue.fromS((String) given.get("artist"))).build();
        long count = table.scan(request -> request.filterExpression(filter).limit((Integer) given.get("limit")))
                .items().stream().count();
        return output("count", count);
    }

    // --- Many at once ---

    private Map<String, Object> batchPut() {
        List<WriteBatch> writes = new ArrayList<>();
        for (Object each : (List<?>) given.get("items")) {
            writes.add(batch().addPutItem(document(item(each))).build());
        }
        return write(writes);
    }

    private Map<String, Object> batchDelete() {
        List<WriteBatch> writes = new ArrayList<>();
        keys().forEach(each -> writes.add(batch().addDeleteItem(each).build()));
        return write(writes);
    }

    private WriteBatch.Builder<EnhancedDocument> batch() {
        return WriteBatch.builder(EnhancedDocument.class).mappedTableResource(table);
    }

    private Map<String, Object> write(List<WriteBatch> writes) {
        for (int start = 0; start < writes.size(); start += LARGEST_PART) {
            List<WriteBatch> part = writes.subList(start, Math.min(start + LARGEST_PART, writes.size()));
            enhanced.batchWriteItem(BatchWriteItemEnhancedRequest.builder().writeBatches(part).build());
        }
        return Map.of("output", Map.of());
    }

    private Map<String, Object> batchGet() {
        ReadBatch.Builder<EnhancedDocument> batch =
                ReadBatch.builder(EnhancedDocument.class).mappedTableResource(table);
        keys().forEach(batch::addGetItem);
        BatchGetItemEnhancedRequest request =
                BatchGetItemEnhancedRequest.builder().readBatches(batch.build()).build();
        return output("count", enhanced.batchGetItem(request).resultsForTable(table).stream().count());
    }

    private Map<String, Object> transactPut() {
        TransactWriteItemsEnhancedRequest.Builder request = TransactWriteItemsEnhancedRequest.builder();
        for (Object each : (List<?>) given.get("items")) {
            request.addPutItem(table, TransactPutItemEnhancedRequest.builder(EnhancedDocument.class)
                    .item(document(item(each))).conditionExpression(NEW).build());
        }
        return done(() -> enhanced.transactWriteItems(request.build()));
    }

    private Map<String, Object> transactGet() {
        TransactGetItemsEnhancedRequest.Builder request = TransactGetItemsEnhancedRequest.builder();
        keys().forEach(each -> request.addGetItem(table, each));
        long count = enhanced.transactGetItems(request.build()).stream()
                .filter(each -> each.getItem(table) != null).count();
        return output("count", count);
    }

    // --- PartiQL and streams ---

    private Map<String, Object> statement() {
        ExecuteStatementRequest.Builder request = ExecuteStatementRequest.builder();
        Wire.read(Map.of("Statement", given.get("statement"), "Parameters", given.get("parameters")), request);
        List<Object> items = new ArrayList<>();
        plain.executeStatement(request.build()).items().forEach(each -> items.add(onLine(each)));
        return output("items", items);
    }

    private Map<String, Object> stream() {
        List<String> events = new ArrayList<>();
        String arn = table.describeTable().table().latestStreamArn();
        try (DynamoDbStreamsClient streams = DynamoDbStreamsClient.builder()
                .credentialsProvider(EnvironmentVariableCredentialsProvider.create()).build()) {
            for (Shard shard : streams.describeStream(request -> request.streamArn(arn)).streamDescription().shards()) {
                String iterator = streams.getShardIterator(request -> request.streamArn(arn)
                        .shardId(shard.shardId()).shardIteratorType(ShardIteratorType.TRIM_HORIZON)).shardIterator();
                streams.getRecords(request -> request.shardIterator(iterator)).records().stream()
                        .filter(record -> record.dynamodb().keys().get("artist").s().equals(given.get("artist")))
                        .forEach(record -> events.add(record.eventNameAsString()));
            }
        }
        return output("events", events);
    }

    // --- Values ---

    private EnhancedDocument document(String name) {
        return document(item(given.get(name)));
    }

    private static EnhancedDocument document(Map<String, AttributeValue> item) {
        return EnhancedDocument.fromAttributeValueMap(item);
    }

    private Map<String, Object> presigned() {
        Map<String, Object> key = new LinkedHashMap<>();
        ((Map<?, ?>) given.get("key")).forEach((name, value) -> key.put((String) name, Map.of("S", value)));
        return Presigned.read(table.tableName(), key, ((Number) given.get("age")).intValue());
    }

    private Key key(Object of) {
        Map<?, ?> names = (Map<?, ?>) of;
        return Key.builder().partitionValue((String) names.get("artist")).sortValue((String) names.get("song")).build();
    }

    private List<Key> keys() {
        List<Key> found = new ArrayList<>();
        ((List<?>) given.get("keys")).forEach(each -> found.add(key(each)));
        return found;
    }

    /** A line's item as the client's values. */
    private static Map<String, AttributeValue> item(Object of) {
        PutItemRequest.Builder request = PutItemRequest.builder();
        Wire.read(Map.of("Item", of), request);
        return request.build().item();
    }

    private static Object onLine(Map<String, AttributeValue> item) {
        return Wire.write(PutItemRequest.builder().item(item).build()).get("Item");
    }

    private static Map<String, Object> answered(Map<String, AttributeValue> item) {
        return output("item", onLine(item));
    }
}
