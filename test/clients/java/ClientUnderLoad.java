import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.async.RedisAdvancedClusterAsyncCommands;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisCluster;

/**
 * A client of another language under load: INCR on keys of its own at a constant rate, everything read back at the end.
 * Standard output: one JSON line when the load begins, one with the report. SIGTERM ends the load.
 */
public final class ClientUnderLoad {
  private static final int WARM_UP_KEYS = 32;
  private static final int WORKERS = 8;
  private static final long READ_BACK_MS = 60_000;

  interface Client {
    CompletionStage<Long> incr(String key);

    String get(String key) throws Exception;
  }

  private final Client client;
  private final String run;
  private final Map<String, Integer> errors = new TreeMap<>();
  private final BitSet acknowledged = new BitSet();
  private int commands;
  private int answered;
  private int failed;
  private int lost;
  private int doubled;
  private long worstMs;
  private String worstAt = "";
  /** The latest that the program itself sent a command after it was due: its own share in the latencies. */
  private long selfLagMs;

  private ClientUnderLoad(Client client, String run) {
    this.client = client;
    this.run = run;
  }

  public static void main(String[] args) throws Exception {
    Map<String, String> options = new HashMap<>();
    for (int i = 0; i + 1 < args.length; i += 2) options.put(args[i].substring(2), args[i + 1]);
    if ("yes".equals(options.get("with-parent"))) endWithParent();
    String library = options.get("library");
    String password = options.containsKey("password-file")
        ? Files.readString(Path.of(options.get("password-file"))).strip() : null;
    String[] seeds = options.get("seeds").split(",");
    Client client = library.equals("jedis") ? jedis(seeds, options.get("user"), password) : lettuce(seeds, options.get("user"), password);
    ClientUnderLoad load = new ClientUnderLoad(client, options.get("run"));
    load.warmUp();
    System.out.println("{\"type\":\"started\",\"library\":\"" + library + "\"}");
    CountDownLatch ending = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      ending.countDown();
      try {
        ended.await();
      } catch (InterruptedException ignored) {
        Thread.currentThread().interrupt();
      }
    }));
    load.run(Double.parseDouble(options.getOrDefault("rate", "100")), Double.parseDouble(options.getOrDefault("for", "3600")), ending);
    load.readBack();
    System.out.println(load.report(library));
    ended.countDown();
    Runtime.getRuntime().halt(0);
  }

  /** A test that is killed must leave no load behind. */
  private static void endWithParent() {
    Thread reader = new Thread(() -> {
      try {
        System.in.transferTo(java.io.OutputStream.nullOutputStream());
      } catch (java.io.IOException ignored) {
        // Standard input is gone: so is the parent.
      }
      Runtime.getRuntime().halt(1);
    });
    reader.setDaemon(true);
    reader.start();
  }

  /** The library's default settings: only the seeds, and credentials where there are any. */
  private static Client jedis(String[] seeds, String user, String password) {
    Set<HostAndPort> nodes = new HashSet<>();
    for (String seed : seeds) nodes.add(HostAndPort.from(seed));
    JedisCluster cluster = password == null ? new JedisCluster(nodes) : new JedisCluster(nodes, user, password);
    ExecutorService workers = Executors.newFixedThreadPool(WORKERS);
    return new Client() {
      @Override
      public CompletionStage<Long> incr(String key) {
        return CompletableFuture.supplyAsync(() -> cluster.incr(key), workers);
      }

      @Override
      public String get(String key) {
        return cluster.get(key);
      }
    };
  }

  private static Client lettuce(String[] seeds, String user, String password) {
    List<RedisURI> nodes = new ArrayList<>();
    for (String seed : seeds) {
      int colon = seed.lastIndexOf(':');
      RedisURI.Builder node = RedisURI.builder().withHost(seed.substring(0, colon)).withPort(Integer.parseInt(seed.substring(colon + 1)));
      if (password != null) node = user == null ? node.withPassword(password.toCharArray()) : node.withAuthentication(user, password.toCharArray());
      nodes.add(node.build());
    }
    RedisAdvancedClusterAsyncCommands<String, String> cluster = RedisClusterClient.create(nodes).connect().async();
    return new Client() {
      @Override
      public CompletionStage<Long> incr(String key) {
        return cluster.incr(key);
      }

      @Override
      public String get(String key) throws Exception {
        return cluster.get(key).get(5, TimeUnit.SECONDS);
      }
    };
  }

  private String key(String part, int index) {
    return "test:" + run + part + ":" + index;
  }

  /** Every shard is reached before the load begins: connecting is not what is measured. */
  private void warmUp() throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (true) {
      try {
        for (int i = 0; i < WARM_UP_KEYS; i++) client.incr(key(":start", i)).toCompletableFuture().get();
        return;
      } catch (Exception error) {
        if (System.nanoTime() > end) throw error;
        Thread.sleep(200);
      }
    }
  }

  /** An open loop: command k is due at a fixed time, whether or not the commands before it were answered. */
  private void run(double rate, double seconds, CountDownLatch ending) throws InterruptedException {
    long started = System.nanoTime();
    while (System.nanoTime() - started < seconds * 1e9) {
      int index = commands;
      long due = started + (long) (index / rate * 1e9);
      if (ending.await(Math.max(0, due - System.nanoTime()), TimeUnit.NANOSECONDS)) break;
      selfLagMs = Math.max(selfLagMs, (System.nanoTime() - due) / 1_000_000);
      commands++;
      client.incr(key("", index)).whenComplete((value, error) -> note(index, value, error, due));
    }
    for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(90); pending() > 0 && System.nanoTime() < end; ) Thread.sleep(20);
    if (pending() > 0) count("no answer", pending());
  }

  private synchronized int pending() {
    return commands - answered;
  }

  private synchronized void count(String failedAs, int times) {
    failed += times;
    errors.merge(failedAs, times, Integer::sum);
  }

  private synchronized void note(int index, Long value, Throwable error, long due) {
    answered++;
    long tookMs = (System.nanoTime() - due) / 1_000_000;
    if (tookMs > worstMs) {
      worstMs = tookMs;
      worstAt = Instant.now().minusMillis(tookMs).toString().substring(11, 23);
    }
    if (error == null) {
      acknowledged.set(index);
      if (value > 1) doubled++;
      return;
    }
    Throwable cause = error.getCause() == null ? error : error.getCause();
    String failedAs = cause.getClass().getSimpleName();
    if (!errors.containsKey(failedAs)) System.err.println(Instant.now() + " " + cause);
    count(failedAs, 1);
  }

  private void readBack() throws Exception {
    for (int index = 0; index < commands; index++) {
      String value = read(key("", index));
      if (value == null) lost += acknowledged.get(index) ? 1 : 0;
      else if (!value.equals("1")) doubled++;
    }
  }

  /** A key that cannot be read proves nothing: that is the end of the run, not a loss. */
  private String read(String key) throws Exception {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(READ_BACK_MS);
    while (true) {
      try {
        return client.get(key);
      } catch (Exception error) {
        if (System.nanoTime() > end) throw error;
        Thread.sleep(100);
      }
    }
  }

  private String report(String library) {
    StringBuilder classes = new StringBuilder();
    errors.forEach((name, count) -> classes.append(classes.isEmpty() ? "" : ",").append('"').append(name).append("\":").append(count));
    return String.format(
        "{\"type\":\"report\",\"library\":\"%s\",\"commands\":%d,\"failed\":%d,\"errors\":{%s},\"lost\":%d,\"doubled\":%d,\"worstMs\":%d,\"worstAt\":\"%s\",\"selfLagMs\":%d}",
        library, commands, failed, classes, lost, doubled, worstMs, worstAt, selfLagMs);
  }
}
