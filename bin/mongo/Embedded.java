import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.bson.Document;
import io.netty.channel.Channel;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.h2.mvstore.MVStore;

/**
 * A stand-in for MongoDB on machines that have none: mongo-java-server on an H2 file, started as
 * {@code Embedded <port> <file>}. It prints one line when it listens, and closes the file on SIGTERM.
 */
public class Embedded {
  /** The library's own versions report a wire version that today's drivers refuse. */
  private static final MongoVersion VERSION =
      new MongoVersion() {
        @Override
        public List<Integer> getVersionArray() {
          return List.of(5, 0, 0);
        }

        @Override
        public int getWireVersion() {
          return 13;
        }
      };

  /**
   * Adds two things to the library's backend. A write is in the file before it is acknowledged (H2 alone saves up to a
   * second late), so killing the process loses none. An answer is a copy made while nobody writes: the library answers
   * with the stored objects themselves, which the next write changes before they are sent.
   *
   * <p>Readers share a lock, writers hold it alone. A save holds it alone too, so that it never sees half a write, and
   * it serves every writer that waits for one.
   */
  private static final class DurableBackend extends H2Backend {
    private static final Set<String> READS =
        Set.of("find", "getmore", "count", "distinct", "hello", "ismaster", "ping", "buildinfo", "serverstatus",
            "listcollections", "listindexes", "listdatabases", "endsessions", "killcursors", "dbstats", "collstats");

    private final MVStore store;
    private final ReadWriteLock lock = new ReentrantReadWriteLock(true);
    /** Writes done, guarded by the lock; and how many of them are in the file. */
    private long done;
    private volatile long saved;

    DurableBackend(MVStore store) {
      super(store);
      this.store = store;
      version(VERSION);
    }

    /** Every message of today's drivers ends up here. */
    @Override
    public Document handleCommand(Channel channel, String database, String command, Document query) {
      if (isRead(command.toLowerCase(), query)) {
        return within(lock.readLock(), () -> copy(super.handleCommand(channel, database, command, query)));
      }
      long[] mine = new long[1];
      try {
        return within(lock.writeLock(), () -> {
          mine[0] = ++done;
          return copy(super.handleCommand(channel, database, command, query));
        });
      } finally {
        save(mine[0]);
      }
    }

    private static boolean isRead(String command, Document query) {
      if (READS.contains(command)) return true;
      return command.equals("aggregate")
          && query.get("pipeline") instanceof List<?> stages
          && stages.stream().noneMatch(
              stage -> stage instanceof Document each && (each.containsKey("$out") || each.containsKey("$merge")));
    }

    private static Document copy(Document answer) {
      return answer == null ? null : answer.cloneDeeply();
    }

    private void save(long upTo) {
      if (saved >= upTo) return;
      within(lock.writeLock(), () -> {
        if (saved < upTo) {
          store.commit();
          saved = done;
        }
        return null;
      });
    }

    /** Gives the room of overwritten pages back; without it the file only grows. */
    void tidy() {
      within(lock.writeLock(), () -> {
        if (!store.isClosed()) store.compact(50, 4 << 20);
        return null;
      });
    }

    private static <T> T within(Lock lock, Supplier<T> work) {
      lock.lock();
      try {
        return work.get();
      } finally {
        lock.unlock();
      }
    }
  }

  public static void main(String[] args) {
    int port = Integer.parseInt(args[0]);
    // Saving is ours alone: H2's own timer could save half a write.
    MVStore store = new MVStore.Builder().fileName(args[1]).autoCommitDisabled().cacheSize(32).open();
    store.setRetentionTime(1_000);
    DurableBackend backend = new DurableBackend(store);
    MongoServer server = new MongoServer(backend);

    var timer = Executors.newSingleThreadScheduledExecutor(
        task -> {
          Thread thread = new Thread(task, "tidy");
          thread.setDaemon(true);
          return thread;
        });
    timer.scheduleWithFixedDelay(backend::tidy, 10, 10, TimeUnit.SECONDS);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      timer.shutdownNow();
      server.shutdownNow();
    }));

    server.bind("127.0.0.1", port);
    System.out.println("embedded mongo listens on port " + port);
  }
}
