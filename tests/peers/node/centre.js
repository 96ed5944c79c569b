// A centre by the npm package smpp, whose phones say what the lines of its input tell it to:
// {"from": "13…", "text": "YE"}, {"from": "13…", "octets": "…"} (a PDU that is none).
//
// It tells what is answered: each whole message, its parts put together by their headers.
'use strict'

const readline = require('readline')
const smpp = require('smpp')

const { name, password, code } = JSON.parse(process.argv[2])
const tell = (event, facts) => console.log(JSON.stringify({ event, ...facts }))
const parts = new Map()
let bound = null

const server = smpp.createServer(session => {
  session.on('bind_transceiver', pdu => {
    const known = pdu.system_id === name && pdu.password === password
    session.send(pdu.response({ command_status: known ? 0 : smpp.ESME_RINVPASWD, system_id: 'npm' }))
    if (known) bound = session
    tell('bound', { system_id: pdu.system_id })
  })
  session.on('submit_sm', pdu => {
    session.send(pdu.response({ message_id: 'npm' }))
    const header = pdu.short_message.udh?.[0]
    const [reference, total, nth] = header ? header.slice(-3) : [0, 1, 1]
    const key = `${pdu.destination_addr}/${reference}/${total}`
    const found = parts.get(key) ?? parts.set(key, []).get(key)
    found[nth - 1] = pdu.short_message.message
    if (found.filter(each => each !== undefined).length < total) return
    parts.delete(key)
    tell('answer', { to: pdu.destination_addr, from: pdu.source_addr, text: found.join('') })
  })
  session.on('generic_nack', pdu => tell('nack', { status: pdu.command_status }))
  session.on('enquire_link', pdu => session.send(pdu.response()))
  session.on('unbind', pdu => {
    session.send(pdu.response())
    session.close()
    tell('unbound', {})
  })
  session.on('close', () => { bound = null })
  session.on('error', error => tell('error', { text: String(error) }))
})

readline.createInterface({ input: process.stdin }).on('line', line => {
  const { from, text, octets } = JSON.parse(line)
  if (octets) return bound.socket.write(Buffer.from(octets, 'hex'))
  bound.deliver_sm({ source_addr: from, destination_addr: code, short_message: text },
    pdu => tell('taken', { status: pdu.command_status }))
}).on('close', () => process.exit(0))

server.listen(0, '127.0.0.1', () => tell('listening', { port: server.address().port }))
