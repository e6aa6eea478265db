# redis-rb: Redis::Distributed names the node of a key; nothing is connected.
require 'json'
require 'redis'
require 'redis/distributed'

$stdin.each_line do |line|
  question = JSON.parse(line)
  nodes = question['servers'].map { |server| server.is_a?(Hash) ? server.transform_keys(&:to_sym) : server }
  distributed = Redis::Distributed.new(nodes)
  places = distributed.nodes.each_with_index.to_h { |node, place| [node.object_id, place] }
  answers = question['keys'].map do |key|
    bytes = [key].pack('H*')
    text = bytes.dup.force_encoding('UTF-8')
    places[distributed.node_for(text.valid_encoding? ? text : bytes).object_id]
  end
  $stdout.puts(JSON.generate(answers))
  $stdout.flush
end
