<?php
// phpredis's RedisArray, pecl-memcache's MemcachePool and Predis's distributors; nothing is connected.
set_include_path(get_include_path() . PATH_SEPARATOR . '/usr/share/php');
if (is_file('/usr/share/php/Predis/autoload.php')) {
    require_once '/usr/share/php/Predis/autoload.php';
} elseif (is_file('/usr/share/php/Predis/Autoloader.php')) {
    require_once '/usr/share/php/Predis/Autoloader.php';
    Predis\Autoloader::register();
}

/** A node of a Predis ring. */
final class Node
{
    public function __construct(public string $text, public int $place)
    {
    }

    public function __toString(): string
    {
        return $this->text;
    }
}

function redis_array(array $question): array
{
    $options = ['lazy_connect' => true] + $question['options'];
    $hosts = array_column($question['servers'], 'name');
    $array = new RedisArray($hosts, $options);
    $places = array_flip($hosts);
    return array_map(fn ($key) => $places[$array->_target(hex2bin($key))], $question['keys']);
}

function memcache(array $question): array
{
    ini_set('memcache.hash_strategy', $question['options']['strategy']);
    ini_set('memcache.hash_function', $question['options']['hash']);
    $pool = new MemcachePool();
    $places = [];
    foreach ($question['servers'] as $place => $server) {
        $pool->addServer($server['host'], $server['port'], $server['port'], true, $server['weight']);
        $places[$server['host'] . ':' . $server['port']] = $place;
    }
    return array_map(fn ($key) => $places[$pool->findServer(hex2bin($key))], $question['keys']);
}

function predis(array $question): array
{
    $ketama = $question['options']['ring'] === 'ketama';
    $ring = $ketama
        ? new Predis\Cluster\Distributor\KetamaRing()
        : new Predis\Cluster\Distributor\HashRing();
    foreach ($question['servers'] as $place => $server) {
        $ring->add(new Node($server['name'], $place), $server['weight']);
    }
    $strategy = new Predis\Cluster\PredisStrategy($ring);
    return array_map(function ($key) use ($ring, $strategy, $question) {
        $key = hex2bin($key);
        if ($question['options']['tags'] === 'off') {
            return $ring->get($key)->place;
        }
        return $ring->getByHash($strategy->getSlotByKey($key))->place;
    }, $question['keys']);
}

while (($line = fgets(STDIN)) !== false) {
    $question = json_decode($line, true, 512, JSON_THROW_ON_ERROR);
    $answer = ($question['program'])($question);
    fwrite(STDOUT, json_encode($answer, JSON_THROW_ON_ERROR) . "\n");
    fflush(STDOUT);
}
