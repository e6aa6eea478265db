# Dalli: the ring of its client, no server being asked whether it lives.
require 'json'
require 'dalli'

$stdin.each_line do |line|
  question = JSON.parse(line)
  client = Dalli::Client.new(question['servers'])
  ring = client.send(:ring)
  ring.servers.each { |server| server.define_singleton_method(:alive?) { true } }
  places = ring.servers.each_with_index.to_h { |server, place| [server.object_id, place] }
  answers = question['keys'].map { |key| places[ring.server_for_key([key].pack('H*')).object_id] }
  $stdout.puts(JSON.generate(answers))
  $stdout.flush
end
