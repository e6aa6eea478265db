import com.google.common.hash.Hashing;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

import net.spy.memcached.DefaultHashAlgorithm;
import net.spy.memcached.KetamaNodeLocator;
import net.spy.memcached.MemcachedNode;

/**
 * Guava's consistentHash and spymemcached's ketama locator, from Debian's
 * packages. Arguments: the engine, a file of keys, one a line (numbers for
 * Guava), and a file of servers. For each line on standard input it answers with
 * one: "answers" with the owners' numbers, "run" with the nanoseconds a key of
 * one pass, of processor time.
 */
public final class Engine {
    interface Rule {
        int owner(int key);
    }

    public static void main(String[] arguments) throws Exception {
        List<String> keys = Files.readAllLines(Path.of(arguments[1]));
        List<String> servers = Files.readAllLines(Path.of(arguments[2]));
        Rule rule = arguments[0].equals("guava") ? guava(keys, servers.size()) : spy(keys, servers);
        ThreadMXBean clock = ManagementFactory.getThreadMXBean();
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            if (line.equals("answers")) {
                StringBuilder owners = new StringBuilder();
                for (int key = 0; key < keys.size(); key++) {
                    owners.append(rule.owner(key)).append(' ');
                }
                System.out.println(owners);
            } else {
                long sum = 0;
                long start = clock.getCurrentThreadCpuTime();
                for (int key = 0; key < keys.size(); key++) {
                    sum += rule.owner(key);
                }
                long taken = clock.getCurrentThreadCpuTime() - start;
                System.out.println((double) taken / keys.size() + " " + sum);
            }
        }
    }

    private static Rule guava(List<String> keys, int servers) {
        long[] numbers = keys.stream().mapToLong(Long::parseUnsignedLong).toArray();
        return key -> Hashing.consistentHash(numbers[key], servers);
    }

    private static Rule spy(List<String> keys, List<String> servers) throws Exception {
        String[] texts = keys.toArray(new String[0]);
        List<MemcachedNode> nodes = new ArrayList<>();
        Map<MemcachedNode, Integer> numbers = new IdentityHashMap<>();
        for (String server : servers) {
            int colon = server.lastIndexOf(':');
            InetSocketAddress address = new InetSocketAddress(
                InetAddress.getByName(server.substring(0, colon)),
                Integer.parseInt(server.substring(colon + 1)));
            MemcachedNode node = (MemcachedNode) Proxy.newProxyInstance(
                Engine.class.getClassLoader(),
                new Class<?>[] {MemcachedNode.class},
                (self, method, values) -> switch (method.getName()) {
                    case "getSocketAddress" -> address;
                    case "hashCode" -> System.identityHashCode(self);
                    case "equals" -> self == values[0];
                    case "toString" -> address.toString();
                    default -> throw new UnsupportedOperationException(method.getName());
                });
            numbers.put(node, nodes.size());
            nodes.add(node);
        }
        KetamaNodeLocator ring = new KetamaNodeLocator(nodes, DefaultHashAlgorithm.KETAMA_HASH);
        return key -> numbers.get(ring.getPrimary(texts[key]));
    }
}
